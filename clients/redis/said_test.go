package redis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// last is the reply to the last such command that was sent. sure is false if it
// cannot be told.
func (s *script) last(command string, argument string) (r reply, found, sure bool) {
	for _, p := range slices.Backward(s.played) {
		i := slices.IndexFunc(p.commands, func(c []string) bool {
			return strings.EqualFold(c[0], command) && (argument == "" || len(c) > 1 && c[1] == argument)
		})
		switch {
		case i < 0:
			continue
		case !p.aligned:
			return reply{}, false, false
		case i >= len(p.replies):
			return reply{}, false, true
		}
		return p.replies[i], true, true
	}
	return reply{}, false, true
}

// mustBeNumber fails the test unless the server has said that number.
func (s *script) mustBeNumber(t *testing.T, claimed int64, command, argument string) {
	t.Helper()
	if claimed < 0 {
		t.Fatalf("%s %s is %d", command, argument, claimed)
	}
	r, found, sure := s.last(command, argument)
	if n, ok := r.number(); sure && (!found || !ok || n != claimed) {
		t.Fatalf("%s %s is claimed to be %d; the reply is %+v (%t) in %+v", command, argument, claimed, r, found, s.played)
	}
}

// mustBeCounter fails the test unless the server has said all that a counter is
// claimed to be.
func (s *script) mustBeCounter(t *testing.T, c redis.Counter) {
	t.Helper()
	name := "ratelimit:" + c.Key
	if c.Err != nil {
		if c.Present || c.Count != 0 || c.InForce != 0 || c.Own != nil || c.Expiry != 0 || c.NoExpiry {
			t.Fatalf("with an error something is known: %+v", c)
		}
		mustBeDeclared(t, c.Err)
		return
	}
	if !c.Present {
		card, found, sure := s.last("zcard", name)
		ttl, _, _ := s.last("pttl", name)
		if sure && (!found || card.text != "0" && ttl.text != "-2") {
			if n, ok := card.number(); !ok || n != 0 {
				t.Fatalf("there is said to be none: %+v; the replies are %+v and %+v", c, card, ttl)
			}
		}
		return
	}
	s.mustBeNumber(t, c.Count, "zcard", name)
	s.mustBeNumber(t, c.InForce, "zcount", name)
	if c.Expiry < 0 {
		t.Fatalf("it expires in %s", c.Expiry)
	}
	r, found, sure := s.last("pttl", name)
	ms, ok := r.number()
	if sure && (!found || !ok || c.NoExpiry != (ms == -1) || !c.NoExpiry && c.Expiry.Milliseconds() != ms && c.Expiry < 1<<62) {
		t.Fatalf("%+v; the reply is %+v (%t)", c, r, found)
	}
	r, found, sure = s.last("hmget", "ratelimit:limit:"+c.Key)
	if sure && (!found || c.Own != nil && (len(r.items) != 2 || strings.TrimLeft(r.items[0].text, "+0") != strings.TrimLeft(fmt.Sprint(c.Own.Limit), "0"))) {
		t.Fatalf("%+v; the reply is %+v (%t)", c, r, found)
	}
}

// mustHaveSaid fails the test unless a command that began so was answered, and
// by that text if there is one.
func (s *script) mustHaveSaid(t *testing.T, command, argument, text string) {
	t.Helper()
	for _, p := range s.played {
		for i, c := range p.commands {
			if !strings.EqualFold(c[0], command) || c[1] != argument {
				continue
			}
			if !p.aligned || i < len(p.replies) && (text == "" || p.replies[i].text == text) {
				return
			}
		}
	}
	t.Fatalf("%s %s was never answered by %q: %+v", command, argument, text, s.played)
}

// declared are the classes of what a script can cause, which never keeps anybody
// waiting.
var declared = []failure.Class{
	failure.Unreachable, failure.Unauthenticated, failure.Forbidden, failure.WrongType, failure.ReadOnly, failure.OutOfMemory,
	failure.Loading, failure.ClusterDown, failure.Rejected, failure.Malformed, failure.TooLarge, failure.Failing,
}

// mustBeDeclared fails the test unless an error is one that a script can cause,
// and is fit for a terminal.
func mustBeDeclared(t *testing.T, err error) {
	t.Helper()
	_ = clienttest.MustBeClassed(t, err, declared, "s3cret")
}

// failed checks an error, if it is one.
func failed(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		mustBeDeclared(t, err)
	}
	return err != nil
}
