package registry_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/registry"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var since = time.Date(2026, 11, 23, 13, 19, 16, 988_086_000, time.FixedZone("CET", 3600))

const sinceText = "2026-11-23T12:19:16.988086Z"

func list(t *testing.T, r *redistest.Redis) []registry.Entry {
	t.Helper()
	entries, err := registry.List(t.Context(), r.Client)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestARegistrationExpiresUnlessRefreshed(t *testing.T) {
	r := redistest.New(t)
	reg := registry.New(r.Client, "node-1", "10.0.0.1:80", since, time.Minute)
	if err := reg.Announce(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []registry.Entry{{ID: "node-1", Address: "10.0.0.1:80", RegisteredAt: new(sinceText)}}
	if diff := cmp.Diff(want, list(t, r)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	ttl := func() time.Duration { return r.Client.PTTL(t.Context(), "ratelimiter:nodes:node-1").Val() }
	if got := ttl(); got <= 0 || got > time.Minute {
		t.Errorf("it expires in %s, want at most a minute", got)
	}
	r.Client.PExpire(t.Context(), "ratelimiter:nodes:node-1", time.Second)
	if err := reg.Announce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := ttl(); got < 50*time.Second {
		t.Errorf("refreshed it expires in %s, want about a minute", got)
	}
}

func TestWithdraw(t *testing.T) {
	cases := map[string]struct {
		reason string
		since  time.Time
		addr   string
		left   int
	}{
		"ItsOwn":     {reason: "A node that stops takes its registration with it.", left: 0},
		"AnAddress":  {reason: "A successor of the same id on another machine stays.", since: since, addr: "10.0.0.2:80", left: 1},
		"ASuccessor": {reason: "One on the same address, started later, stays too.", since: since.Add(time.Second), addr: "10.0.0.1:80", left: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := redistest.New(t)
			reg := registry.New(r.Client, "node-1", "10.0.0.1:80", since, time.Minute)
			if err := reg.Announce(t.Context()); err != nil {
				t.Fatal(err)
			}
			if tc.addr != "" {
				successor := registry.New(r.Client, "node-1", tc.addr, tc.since, time.Minute)
				if err := successor.Announce(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := reg.Withdraw(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := list(t, r); len(got) != tc.left {
				t.Errorf("%s\n%v is left", tc.reason, got)
			}
			if err := reg.Withdraw(t.Context()); err != nil {
				t.Errorf("withdrawing again: %v, want no error", err)
			}
		})
	}
}

func TestListTellsRegistrationsFromTheRest(t *testing.T) {
	r := redistest.New(t)
	ctx := t.Context()
	r.Client.HSet(ctx, "ratelimiter:nodes:b", "address", "b:1", "registered_at", "2026-11-23T13:19:16.988086")
	r.Client.HSet(ctx, "ratelimiter:nodes:a", "address", "a:1")
	r.Client.HSet(ctx, "ratelimiter:nodes:nowhere", "registered_at", "x")
	r.Client.Set(ctx, "ratelimiter:nodes:text", "address", 0)
	r.Client.HSet(ctx, "ratelimit:limit:nodes:c", "address", "c:1")
	want := []registry.Entry{
		{ID: "a", Address: "a:1"},
		{ID: "b", Address: "b:1", RegisteredAt: new("2026-11-23T13:19:16.988086")},
	}
	if diff := cmp.Diff(want, list(t, r)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func TestListIsBounded(t *testing.T) {
	r := redistest.New(t)
	pipe := r.Client.Pipeline()
	for i := range registry.MaxListed + 500 {
		pipe.HSet(t.Context(), fmt.Sprintf("ratelimiter:nodes:%04d", i), "address", "x:1")
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := list(t, r); len(got) != registry.MaxListed {
		t.Errorf("%d nodes, want %d", len(got), registry.MaxListed)
	}
}

func TestKeepComesBack(t *testing.T) {
	r := redistest.New(t)
	client := redistest.Client(t, r.URL, time.Second)
	reg := registry.New(client, "node-1", "10.0.0.1:80", since, time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	reports := make(chan error, 1000)
	var keeping sync.WaitGroup
	keeping.Go(func() {
		reg.Keep(ctx, 20*time.Millisecond, 20*time.Millisecond, 200*time.Millisecond, func(err error) { reports <- err })
	})
	defer keeping.Wait()
	defer stop()

	registered := func() (bool, error) {
		entries, err := registry.List(t.Context(), r.Client)
		return len(entries) == 1, err
	}
	expect := func(what string, failed bool) {
		t.Helper()
		err := wait.For(t.Context(), what, func() (bool, error) { return (<-reports != nil) == failed, nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := wait.For(t.Context(), "the registration", registered); err != nil {
		t.Fatal(err)
	}
	if err := r.Client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(t.Context(), "the registration after FLUSHALL", registered); err != nil {
		t.Fatal(err)
	}
	if err := r.Kill(); err != nil {
		t.Fatal(err)
	}
	expect("a heartbeat to fail", true)
	if err := r.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("a heartbeat to succeed", false)
	if err := wait.For(t.Context(), "the registration after a restart", registered); err != nil {
		t.Fatal(err)
	}
	if err := r.Hang(); err != nil {
		t.Fatal(err)
	}
	expect("a heartbeat to time out", true)
	if err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	expect("a heartbeat to succeed after a pause", false)
}

func TestErrorsSayWhatWasTried(t *testing.T) {
	client := redistest.Client(t, "redis://127.0.0.1:1", time.Second)
	reg := registry.New(client, "node-1", "10.0.0.1:80", since, time.Minute)
	for want, call := range map[string]func() error{
		"register the node: ":              func() error { return reg.Announce(t.Context()) },
		"remove the node's registration: ": func() error { return reg.Withdraw(t.Context()) },
		"scan the registrations: ":         func() error { _, err := registry.List(t.Context(), client); return err },
	} {
		if err := call(); err == nil || err.Error()[:len(want)] != want {
			t.Errorf("error = %v, want %q in front", err, want)
		}
	}
}
