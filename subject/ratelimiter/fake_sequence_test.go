package ratelimiter

import (
	"context"
	"errors"
	"fmt"
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

// TestALargeKeyspace reads 2,000 counters in legs of 300. What is wrong with a
// key is seen again by every observation from when its leg came by; that all
// others are well is known when the round ends; and a ticket is closed then, and
// not before.
func TestALargeKeyspace(t *testing.T) {
	f := newFake(t)
	f.manyCounters(2000)
	f.on("GET /api/counters", func(w http.ResponseWriter, _ *http.Request) {
		listed := []string{}
		for i := range listBound {
			listed = append(listed, fmt.Sprintf(`{"key":"key-%03d","count":1,"limit":10,"remaining":9}`, i))
		}
		_, _ = io.WriteString(w, `{"counters":[`+strings.Join(listed, ",")+`]}`)
	})
	const stale = "ratelimit:key-777"
	f.rdb.Persist(t.Context(), stale)
	s := open(t, f.config(map[string]any{
		"prometheus": nil,
		"redis":      map[string]any{"url": "redis://" + f.rdb.Options().Addr, "budget": map[string]any{"keys": 300, "time": "5s"}},
	}))
	tracker := protocol.NewTracker(s.Definition().Invariants)

	// 2,000 keys are 7 legs; SCAN may need another.
	const round = 9
	rounds := func(what string, until func(o protocol.Observation, changed []protocol.Transition) bool) {
		t.Helper()
		for range 2 * round {
			o := observe(t, s)
			st := stateOf(t, o)
			if st.Sweep.Complete || st.CountersTotal != nil || !st.CountersTruncated || *st.Sweep.Total < 2000 {
				t.Fatalf("sweep %+v, total %v: want a part of 2,000 keys", st.Sweep, st.CountersTotal)
			}
			if !strings.Contains(o.Summary, "at least ") {
				t.Errorf("summary %q counts a part as the whole", o.Summary)
			}
			if until(o, tracker.Update(o)) {
				return
			}
		}
		t.Fatalf("%d observations did not bring %s; open: %+v", 2*round, what, tracker.Tickets())
	}

	unknown, seen := 0, false
	rounds("the end of a round", func(o protocol.Observation, _ []protocol.Transition) bool {
		found := o.VerdictOn(staleCounter, "key-777") == protocol.Broken
		if seen && !found {
			t.Error("a key that was found wrong was not read again")
		}
		seen = seen || found
		if o.VerdictOn(overLimit, "") == protocol.Unknown {
			unknown++
			return false
		}
		return true
	})
	if !seen || unknown < 2 {
		t.Errorf("after %d partial observations the round ended, stale key seen: %t", unknown, seen)
	}
	if len(tracker.Tickets()) != 1 {
		t.Errorf("tickets %+v, want one", tracker.Tickets())
	}

	// Redis turns us away once, and forgets nothing. Nor does the subject.
	f.rdb.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	f.rdb.ConfigSet(t.Context(), "requirepass", "other")
	if o := observe(t, s); source(t, o, sourceStored).Class != protocol.SourceRefused {
		t.Fatalf("Redis did not turn us away: %+v", o.Sources)
	}
	f.rdb.ConfigSet(t.Context(), "requirepass", "")
	if o := observe(t, s); o.VerdictOn(staleCounter, "key-777") != protocol.Broken {
		t.Errorf("after an outage the key that was wrong was not read again: %q", verdicts(o))
	}

	f.rdb.Expire(t.Context(), stale, time.Minute)
	rounds("the resolution of the ticket", func(o protocol.Observation, changed []protocol.Transition) bool {
		resolved := len(changed) == 1 && changed[0].To == protocol.Resolved
		if resolved && o.VerdictOn(staleCounter, "") != protocol.Held {
			t.Errorf("resolved by an observation that did not know: %q", verdicts(o))
		}
		return resolved
	})
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
