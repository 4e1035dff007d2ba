package pd_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// TestEveryCallSurvives gives every call every bad answer: an error of the right
// class, of one bounded printable line.
func TestEveryCallSurvives(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for _, err := io.WriteString(w, `["`); err == nil; {
			_, err = io.WriteString(w, strings.Repeat("x", 64<<10))
		}
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"count":1,"regions":[{"id":`)
	}
	hostile := "\x1b[2J\u202e\r\nSECRET: \x00"
	cases := map[string]struct {
		reason string
		server http.HandlerFunc
		class  failure.Class
	}{
		"Endless":      {reason: "100 MB are as endless as more.", server: endless, class: failure.TooLarge},
		"Cut":          {reason: "Half an answer.", server: cut, class: failure.Malformed},
		"Page":         {reason: "Another service.", server: clienttest.Answering(200, "<html>"+hostile), class: failure.Malformed},
		"Number":       {reason: "Another document.", server: clienttest.Answering(200, "42"), class: failure.Malformed},
		"Nothing":      {reason: "No document.", server: clienttest.Answering(200, ""), class: failure.Malformed},
		"Deep":         {reason: "A document that is all depth.", server: clienttest.Answering(200, strings.Repeat("[", 100_000)), class: failure.Malformed},
		"HostileBad":   {reason: "What it says is escaped.", server: clienttest.Answering(400, hostile+strings.Repeat("z", 10_000)), class: failure.Rejected},
		"HostileJSON":  {reason: "What it says is escaped, in JSON too.", server: clienttest.Answering(500, `"[PD:a:ErrB]\u001b[2J\u202e\r\n`+strings.Repeat("z", 10_000)+`"`)},
		"Unauthorized": {reason: "Not for us.", server: clienttest.Answering(401, "no"), class: failure.Unauthenticated},
		"Forbidden":    {reason: "Not for us.", server: clienttest.Answering(403, "no"), class: failure.Forbidden},
		"Busy":         {reason: "Not now.", server: clienttest.Answering(429, "no"), class: failure.Failing},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := clienttest.Serve(t, tc.server)
			c := newClient(t, pd.Options{Endpoints: []string{server.URL}, MaxBody: 1 << 20})
			for call, do := range calls {
				_, err := do(t.Context(), c)
				if err == nil {
					t.Errorf("%s\n%s was answered", tc.reason, call)
					continue
				}
				clienttest.MustBeLine(t, err)
				// What is malformed may be told before it is too large.
				if class := failure.ClassOf(err); class != tc.class && tc.class != "" && (tc.class != failure.TooLarge || class != failure.Malformed) {
					t.Errorf("%s\n%s: class %q, want %q: %v", tc.reason, call, class, tc.class, err)
				}
			}
		})
	}
}

// TestHundredMegabytes: an answer that would be good, were it not so large.
func TestHundredMegabytes(t *testing.T) {
	server := clienttest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := strings.Repeat(`"x",`, 256<<10)
		_, err := io.WriteString(w, "[")
		for i := 0; i < 100 && err == nil; i++ {
			_, err = io.WriteString(w, chunk)
		}
		_, _ = io.WriteString(w, `"x"]`)
	})
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
	_, err := c.Operators(t.Context())
	fe := failureOf(t, err)
	if fe.Class != failure.TooLarge || fe.Detail != "the answer is over 16777216 bytes" {
		t.Errorf("got %v", err)
	}
}

func TestDeadlineIsHonoured(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]string{
		"Nothing":    "",
		"HalfHeader": "HTTP/1.1 200 OK\r\nConte",
		"HalfList":   "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"count\":2,\"regions\":[",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := clienttest.RawAnswer(t, clienttest.Hanging(sent))
			c := newClient(t, pd.Options{Endpoints: []string{url, url}})
			clienttest.MustTimeOut(t, func(ctx context.Context) error {
				_, err := c.Check(ctx, pd.CheckMissPeer, 10)
				return err
			})
		})
	}
}

func TestCancellation(t *testing.T) {
	arrived := make(chan struct{}, 16)
	server := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		clienttest.Silent(w, r)
	})
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}, HedgeDelay: forever})
	for name, do := range calls {
		ctx, cancel := context.WithCancel(t.Context())
		var calling sync.WaitGroup
		calling.Go(func() {
			_, err := do(ctx, c)
			if failure.ClassOf(err) != failure.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		})
		<-arrived
		cancel()
		calling.Wait()
	}
}

func TestConcurrentCalls(t *testing.T) {
	var leads string
	leader := clienttest.Serve(t, aMember(&leads))
	leads = leader.URL
	failing, member := clienttest.Serve(t, clienttest.Answering(500, "no")), clienttest.Serve(t, aMember(&leads))
	c := newClient(t, pd.Options{Endpoints: []string{failing.URL, member.URL}, HedgeDelay: 5 * time.Millisecond})
	var running sync.WaitGroup
	for range 20 {
		running.Go(func() {
			for range 5 {
				if members, err := c.Members(t.Context()); err != nil || members.Leader == nil {
					t.Errorf("Members() = %+v, %v", members, err)
				}
				if names, err := c.Schedulers(t.Context()); err != nil || len(names) != 1 {
					t.Errorf("Schedulers() = %v, %v", names, err)
				}
				if err := c.TransferLeader(t.Context(), 1, 2); err != nil && !failureOf(t, err).Sent {
					t.Errorf("TransferLeader() = %v", err)
				}
			}
		})
	}
	running.Wait()
}
