package ratelimiter

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// TestTheSecondObservationAsksAtOnce makes the registry wait for the probes, and
// the list of counters for the query about keys: who had to be told by those
// whom and what to ask would wait in vain.
func TestTheSecondObservationAsksAtOnce(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(nil))
	first := observe(t, s)
	if diff := cmp.Diff(map[string]protocol.Verdict{}, unjudged(first)); diff != "" {
		t.Fatalf("-want all held, +got:\n%s", diff)
	}

	probed, queried := make(chan struct{}, 3), make(chan struct{}, 10)
	nodes, counters := f.registry(recorded(t, "nodes").Response.Body), replay(t, "counters")
	f.on("GET /api/nodes", func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			receive(r, probed)
		}
		nodes(w, r)
	})
	for i := range f.nodes {
		handler := f.nodes[i].Config.Handler
		f.nodes[i].Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/health" {
				note(probed)
			}
			handler.ServeHTTP(w, r)
		})
	}
	f.on("GET /api/counters", func(w http.ResponseWriter, r *http.Request) {
		receive(r, queried)
		counters(w, r)
	})
	f.prom.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.FormValue("query"), "increase(") {
			note(queried)
		}
		f.query(w, r)
	})
	second := observe(t, s)
	if diff := cmp.Diff(map[string]protocol.SourceClass{}, notOK(second)); diff != "" {
		t.Errorf("somebody waited in vain: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]protocol.Verdict{}, unjudged(second)); diff != "" {
		t.Errorf("-want all held, +got:\n%s", diff)
	}
}

// receive waits for a note, but not beyond the request: a slow machine makes the
// subject ask twice, and the second is told nothing.
func receive(r *http.Request, notes <-chan struct{}) {
	select {
	case <-notes:
	case <-r.Context().Done():
	}
}

// note leaves a note if there is room for it.
func note(notes chan<- struct{}) {
	select {
	case notes <- struct{}{}:
	default:
	}
}

func TestANodeComesBackUnderAnotherAddress(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(nil))
	observe(t, s)

	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"healthy","node_id":"node-3"}`)
	}))
	defer moved.Close()
	old := f.address(2)
	f.nodes[2].Close()
	f.on("GET /api/nodes", f.registry(strings.ReplaceAll(recorded(t, "nodes").Response.Body, "127.0.0.1:18003", strings.TrimPrefix(moved.URL, "http://"))))
	o := observe(t, s)
	if got := o.VerdictOn(nodeUnreachable, "node-3"); got != protocol.Held {
		t.Errorf("node_unreachable of the node that moved is %s, want held\n%q", got, verdicts(o))
	}

	f.on("GET /api/nodes", f.registry(recorded(t, "nodes").Response.Body)) // and back to where nobody answers
	o = observe(t, s)
	if got := o.VerdictOn(nodeUnreachable, "node-3"); got != protocol.Broken {
		t.Errorf("node_unreachable of the node registered at %s, where nobody is, is %s, want broken\n%q", old, got, verdicts(o))
	}
}

// TestALimitThatSomebodyElseLowered: what was allowed under the old limit is no
// ghost under the new one.
func TestALimitThatSomebodyElseLowered(t *testing.T) {
	f := newFake(t)
	f.metric("increase(", sample(map[string]string{"key": "user:1"}, 20), sample(map[string]string{"key": "user:2"}, 10),
		sample(map[string]string{"key": "user:3"}, 1), sample(map[string]string{"key": "ключ"}, 2),
		sample(map[string]string{"key": `key"quote`}, 1), sample(map[string]string{"key": "api:gold tier"}, 1))
	s := open(t, f.config(nil))
	if o := observe(t, s); o.VerdictOn(ghostAllowing, "") != protocol.Held {
		t.Fatalf("20 of 10 are within the tolerance: %q", verdicts(o))
	}
	f.rdb.HSet(t.Context(), "ratelimit:limit:user:1", "limit", 2, "window_ms", 60_000)
	for range 2 {
		if o := observe(t, s); o.VerdictOn(ghostAllowing, "user:1") != protocol.Unknown {
			t.Errorf("the limit has just changed: %q", verdicts(o))
		}
	}
}

func TestObserveThatCannotBe(t *testing.T) {
	s := open(t, everything)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Observe(canceled); protocol.CodeOf(err) != protocol.Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("Observe of a caller that gave up = %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, err := s.Observe(late); protocol.CodeOf(err) != protocol.DeadlineExceeded {
		t.Errorf("Observe after its deadline = %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Observe(t.Context()); protocol.CodeOf(err) != protocol.FailedPrecondition {
		t.Errorf("Observe after Close = %v", err)
	}
	if _, err := act(t, s, protocol.Action{Name: resetCounter, ID: "1"}); protocol.EffectOf(err) != protocol.EffectNone {
		t.Errorf("Act after Close = %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close = %v", err)
	}
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := def.Open(canceled, []byte(everything)); protocol.CodeOf(err) != protocol.Canceled {
		t.Errorf("Open of a caller that gave up = %v", err)
	}
}

// TestCloseEndsAnObservation closes the subject while a node keeps it waiting.
func TestCloseEndsAnObservation(t *testing.T) {
	f := newFake(t)
	asked, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	f.on("GET /api/nodes", func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	})
	s := open(t, f.config(nil))
	ended := make(chan error)
	go func() {
		_, err := s.Observe(t.Context())
		ended <- err
	}()
	<-asked
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; protocol.CodeOf(err) != protocol.Canceled {
		t.Errorf("the observation that was under way = %v, want Canceled", err)
	}
}
