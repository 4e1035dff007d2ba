package redis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func TestAuthentication(t *testing.T) {
	s := startServer(t, "--requirepass", "s3cret")
	ctx := t.Context()
	acl := s.admin(t, func(o *goredis.Options) { o.Password = "s3cret" })
	for _, rule := range [][]any{
		{"ACL", "SETUSER", "pinger", "on", ">s3cret2", "~*", "-@all", "+ping"},
		{"ACL", "SETUSER", "reader", "on", ">s3cret2", "~ratelimit:*", "-@all", "+ping", "+time", "+scan", "+type", "+dbsize", "+zcard", "+zcount", "+pttl", "+hmget"},
		{"ACL", "SETUSER", "narrow", "on", ">s3cret2", "~ratelimit:a*", "~ratelimit:limit:a*", "+@all"},
	} {
		if err := acl.Do(ctx, rule...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	hit(t, acl, "a", time.Minute, time.Second)
	hit(t, acl, "b", time.Minute, time.Second)

	cases := map[string]struct {
		reason     string
		user, pass string
		ping, read failure.Class
	}{
		"NoPassword":    {reason: "NOAUTH", ping: failure.Unauthenticated, read: failure.Unauthenticated},
		"WrongPassword": {reason: "WRONGPASS", pass: "s3cret9", ping: failure.Unauthenticated, read: failure.Unauthenticated},
		"WrongUser":     {reason: "WRONGPASS", user: "nobody", pass: "s3cret", ping: failure.Unauthenticated, read: failure.Unauthenticated},
		"Default":       {reason: "the default user may do all", pass: "s3cret"},
		"Pinger":        {reason: "NOPERM for all but PING; HELLO is forbidden too", user: "pinger", pass: "s3cret2", read: failure.Forbidden},
		"Reader":        {reason: "the commands that the advice lists suffice", user: "reader", pass: "s3cret2"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, redis.Options{Addrs: []string{s.addr}, Username: tc.user, Password: tc.pass})
			for call, do := range everyCall(c) {
				want := tc.read
				if call == "Ping" {
					want = tc.ping
				}
				err := do(t.Context())
				if got := failure.ClassOf(err); got != want {
					t.Errorf("%s: %s: got class %q, want %q: %v", tc.reason, call, got, want, err)
				}
				if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, errors.Unwrap(err)), "s3cret") {
					t.Errorf("%s: the password is in: %v", call, err)
				}
			}
		})
	}

	t.Run("OneKeyForbidden", func(t *testing.T) {
		c := newClient(t, redis.Options{Addrs: []string{s.addr}, Username: "narrow", Password: "s3cret2"})
		got, err := c.Counters(t.Context(), []string{"a", "b"}, time.Minute)
		if err != nil || got[0].Err != nil || got[0].Count != 1 || failure.ClassOf(got[1].Err) != failure.Forbidden {
			t.Errorf("got %+v, %v; want a read and b forbidden", got, err)
		}
		for name, opts := range map[string]redis.SweeperOptions{"Untracked": {Untracked: true}, "Tracked": {}} {
			seen := picture{}
			progress, _ := seen.pass(t, newSweeper(t, c, opts))
			if seen["a"].Err != nil || seen["a"].InForce != 1 || failure.ClassOf(seen["b"].Err) != failure.Forbidden {
				t.Errorf("%s: got %+v, %+v; want a read and b forbidden", name, seen, progress)
			}
		}
	})
}

// TestAnswersOfARealServer provokes each answer and classes what go-redis makes
// of it. Most follow from writes, which this package never does.
func TestAnswersOfARealServer(t *testing.T) {
	s := startServer(t)
	ctx := t.Context()
	rdb := s.admin(t)
	rdb.Set(ctx, "text", "x", 0)

	full := startServer(t, "--maxmemory", "1", "--maxmemory-policy", "noeviction").admin(t)
	_, port, _ := net.SplitHostPort(s.addr)
	replica := startServer(t, "--replicaof", "127.0.0.1 "+port).admin(t)
	alone := startServer(t, "--cluster-enabled", "yes").admin(t)
	owner := startServer(t, "--cluster-enabled", "yes").admin(t)
	if err := owner.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	busy := startServer(t, "--maxclients", "1")
	only := busy.admin(t)
	if err := only.Ping(ctx).Err(); err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		do   func() error
		want failure.Class
	}{
		"WRONGTYPE":   {func() error { return rdb.ZCard(ctx, "text").Err() }, failure.WrongType},
		"OOM":         {func() error { return full.Set(ctx, "k", "v", 0).Err() }, failure.OutOfMemory},
		"READONLY":    {func() error { return replica.Set(ctx, "k", "v", 0).Err() }, failure.ReadOnly},
		"CLUSTERDOWN": {func() error { return alone.ZCard(ctx, "k").Err() }, failure.ClusterDown},
		"Unknown":     {func() error { return rdb.Do(ctx, "NOSUCH").Err() }, failure.Rejected},
		"DB":          {func() error { return rdb.Do(ctx, "SELECT", 99).Err() }, failure.Rejected},
		"ClusterDB":   {func() error { return alone.Do(ctx, "SELECT", 1).Err() }, failure.Rejected},
		"CROSSSLOT":   {func() error { return owner.Do(ctx, "ZUNION", 2, "a", "b").Err() }, failure.Rejected},
		"Syntax":      {func() error { return rdb.Do(ctx, "SCAN", 0, "NOSUCH").Err() }, failure.Failing},
		"MaxClients":  {func() error { return busy.client(t).Ping(ctx) }, failure.Failing},
		"AUTH":        {func() error { return rdb.Do(ctx, "AUTH", "pw").Err() }, failure.Unauthenticated},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := tc.do(); redis.Classify(err) != tc.want {
				t.Errorf("got class %q, want %q: %v", redis.Classify(err), tc.want, err)
			}
		})
	}
}

// answering is a server that says one thing to everything. The texts are those
// of real servers in states that a test cannot hold them in.
func answering(t *testing.T, text string) *redis.Client {
	t.Helper()
	addr := clienttest.Listen(t, func(cn net.Conn) {
		buf := make([]byte, 64<<10)
		for {
			n, err := cn.Read(buf)
			if err != nil {
				return
			}
			// One answer per command; inline commands are not used by go-redis.
			for range strings.Count("\r\n"+string(buf[:n]), "\r\n*") {
				if _, err := cn.Write([]byte(text)); err != nil {
					return
				}
			}
		}
	})
	return newClient(t, redis.Options{Addrs: []string{addr}, Password: "s3cret", Timeout: 2 * time.Second})
}

func TestAnswersOfAFakeServer(t *testing.T) {
	cases := map[string]struct {
		reason string
		answer string
		want   failure.Class
		text   string
	}{
		"Loading":    {reason: "redis 7.0 while it reads a dump", answer: "-LOADING Redis is loading the dataset in memory\r\n", want: failure.Loading, text: "loading the dataset"},
		"MasterDown": {reason: "a replica without its master", answer: "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n", want: failure.Failing, text: "Link with MASTER"},
		"Busy":       {reason: "a script that does not end", answer: "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n", want: failure.Failing, text: "busy running a script"},
		"Moved":      {reason: "a Cluster node asked as a single server", answer: "-MOVED 866 127.0.0.1:7002\r\n", want: failure.Rejected, text: "configure it as one"},
		"NoAuth":     {reason: "a proxy that knows no AUTH repeats the password", answer: "-ERR unknown command `AUTH`, with args beginning with: `s3cr\r\n", want: failure.Rejected, text: "unknown command"},
		"Echo":       {reason: "a server that repeats the password otherwise", answer: "-ERR odd s3cret\r\n", want: failure.Failing, text: "odd (redacted)"},
		"OldAuth":    {reason: "redis 5", answer: "-ERR invalid password\r\n", want: failure.Unauthenticated, text: "invalid password"},
		"Protected":  {reason: "protected mode closes after this", answer: "-DENIED Redis is running in protected mode because\r\n", want: failure.Forbidden, text: "protected mode"},
		"Escapes":    {reason: "a terminal must not obey a server", answer: "-ERR \x1b[31mred\r\n", want: failure.Failing, text: `\x1b[31mred`},
		"HTTP":       {reason: "the port of a web server", answer: "HTTP/1.1 400 Bad Request\r\n\r\n", want: failure.Malformed, text: "HTTP/1.1 400"},
		"NoNumber":   {reason: "an integer that is none", answer: ":many\r\n", want: failure.Malformed},
		"OtherType":  {reason: "an array where a status is due", answer: "*1\r\n:1\r\n", want: failure.Malformed},
		"Nil":        {reason: "nil where a value is due", answer: "$-1\r\n", want: failure.Malformed},
		"Huge":       {reason: "a string of a terabyte is not waited for", answer: "$1099511627776\r\n", want: failure.TooLarge},
		"HugeArray":  {reason: "nor an array of as many elements", answer: "*1099511627776\r\n", want: failure.TooLarge},
		"NoEnd":      {reason: "nor a line without an end", answer: "+" + strings.Repeat("x", 100<<10), want: failure.TooLarge},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := answering(t, tc.answer).Ping(t.Context())
			if got := failure.ClassOf(err); got != tc.want {
				t.Fatalf("%s: got class %q, want %q: %v", tc.reason, got, tc.want, err)
			}
			if !strings.Contains(err.Error(), tc.text) {
				t.Errorf("%s: %q is not in: %v", tc.reason, tc.text, err)
			}
			if all := fmt.Sprint(err, errors.Unwrap(err)); strings.Contains(all, "s3cr") {
				t.Errorf("%s: the password is in: %s", tc.reason, all)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("%s: the error has %d bytes", tc.reason, len(err.Error()))
			}
		})
	}
}

// TestNothingIsReadFromNonsense makes sure that no call takes a refusal or
// nonsense for data.
func TestNothingIsReadFromNonsense(t *testing.T) {
	for _, answer := range []string{
		"-LOADING Redis is loading the dataset in memory\r\n", "-ERR no\r\n", "$-1\r\n", "+OK\r\n",
		"*0\r\n", "*2\r\n:1\r\n:2\r\n", "*2\r\n$1\r\n0\r\n*-1\r\n", ":-7\r\n", "$2\r\nhi\r\n", "*2\r\n*0\r\n*0\r\n",
	} {
		c := answering(t, answer)
		for name, call := range everyCall(c) {
			if name == "Ping" || (name == "CounterValue" && answer == ":-7\r\n") {
				continue
			}
			if err := call(t.Context()); err == nil {
				t.Errorf("%s took %q for an answer", name, answer)
			}
		}
		counters, err := c.Counters(t.Context(), []string{"k"}, time.Second)
		if err == nil && counters[0].Err == nil {
			t.Errorf("Counters took %q for an answer: %+v", answer, counters)
		}
	}
}

func TestClassifyOfErrorsOfThisSide(t *testing.T) {
	for want, errs := range map[failure.Class][]error{
		"":               {nil},
		failure.Canceled: {context.Canceled, fmt.Errorf("wrapped: %w", context.Canceled)},
		failure.Timeout:  {context.DeadlineExceeded, goredis.ErrPoolTimeout, goredis.ErrPoolExhausted},
		failure.Invalid:  {goredis.ErrClosed, &failure.Error{Class: failure.Invalid}},
		failure.Unreachable: {
			&net.OpError{Op: "read", Err: errors.New("reset")}, net.ErrClosed, &net.DNSError{IsNotFound: true},
		},
		failure.ClusterDown: {errors.New("redis: cluster has no nodes")},
		failure.Malformed:   {errors.New("redis: can't parse"), goredis.Nil},
	} {
		for _, err := range errs {
			if got := redis.Classify(err); got != want {
				t.Errorf("%v: got class %q, want %q", err, got, want)
			}
		}
	}
}

func TestErrorsSayWhatWasTriedOnWhat(t *testing.T) {
	s := startServer(t)
	s.admin(t).Set(t.Context(), "ratelimit:a\nb", "x", 0)
	_, _, err := s.client(t).CounterValue(t.Context(), "a\nb")
	want := `ZCARD "ratelimit:a\nb" on ` + s.addr +
		`: wrong type: WRONGTYPE Operation against a key holding the wrong kind of value`
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Error(diff)
	}
}
