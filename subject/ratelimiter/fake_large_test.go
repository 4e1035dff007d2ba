package ratelimiter

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// large is a limiter of 2,000 counters, of which the API lists 100, and a subject
// that is configured to read them so.
func large(t *testing.T, sweep map[string]any) (*fake, *Subject) {
	t.Helper()
	f := newFake(t)
	f.manyCounters(2000)
	f.on("GET /api/counters", func(w http.ResponseWriter, _ *http.Request) {
		listed := []string{}
		for i := range listBound {
			listed = append(listed, fmt.Sprintf(`{"key":"key-%03d","count":1,"limit":10,"remaining":9}`, i))
		}
		_, _ = io.WriteString(w, `{"counters":[`+strings.Join(listed, ",")+`]}`)
	})
	return f, open(t, f.config(map[string]any{
		"prometheus": nil,
		"redis": map[string]any{
			"url": "redis://" + f.rdb.Options().Addr, "timeout": "10s",
			"budget": map[string]any{"keys": 300, "time": "10s"}, "sweep": sweep,
		},
	}))
}

// turnAway has Redis refuse the subject for the time of look.
func (f *fake) turnAway(look func()) {
	f.t.Helper()
	f.rdb.Do(f.t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	f.rdb.Do(f.t.Context(), "CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes")
	f.rdb.ConfigSet(f.t.Context(), "requirepass", "other")
	look()
	f.rdb.ConfigSet(f.t.Context(), "requirepass", "")
}

// TestALargeKeyspace reads 2,000 counters in legs of 300, again and again. What is
// wrong with a key is seen again by every observation from when its leg came by;
// that all others are well is known when the sweep ends; and a ticket is closed
// then, and not before.
func TestALargeKeyspace(t *testing.T) {
	f, s := large(t, map[string]any{"untracked": true})
	const stale = "ratelimit:key-777"
	f.rdb.Persist(t.Context(), stale)
	tracker := protocol.NewTracker(s.Definition().Invariants)

	// 2,000 keys are 7 legs; SCAN may need another.
	const round = 9
	rounds := func(what string, until func(o protocol.Observation, changed []protocol.Transition) bool) {
		t.Helper()
		for range 2 * round {
			o := observe(t, s)
			st := stateOf(t, o)
			if st.CountersTotal != nil || !st.CountersTruncated || *st.Sweep.Total < 2000 || st.Sweep.Following || st.Sweep.Off == nil {
				t.Fatalf("sweep %+v, total %v: want a part of 2,000 keys", st.Sweep, st.CountersTotal)
			}
			if st.Sweep.Complete != (o.VerdictOn(overLimit, "") == protocol.Held) {
				t.Errorf("complete is %t: %q", st.Sweep.Complete, verdicts(o))
			}
			if until(o, tracker.Update(o)) {
				return
			}
		}
		t.Fatalf("%d observations did not bring %s; open: %+v", 2*round, what, tracker.Tickets())
	}

	unknown, seen := 0, false
	rounds("the end of a sweep", func(o protocol.Observation, _ []protocol.Transition) bool {
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
		t.Errorf("after %d partial observations the sweep ended, stale key seen: %t", unknown, seen)
	}
	if len(tracker.Tickets()) != 1 {
		t.Errorf("tickets %+v, want one", tracker.Tickets())
	}

	// Redis turns us away once, and forgets nothing. Nor does the subject.
	f.turnAway(func() {
		if o := observe(t, s); source(t, o, sourceStored).Class != protocol.SourceRefused {
			t.Fatalf("Redis did not turn us away: %+v", o.Sources)
		}
	})
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

// TestALargeKeyspaceIsFollowed: after one sweep an observation reads what has
// changed, and knows all others all the same, until that is not to be had.
func TestALargeKeyspaceIsFollowed(t *testing.T) {
	f, s := large(t, map[string]any{})
	complete := func(why string, counters int64) {
		t.Helper()
		for range 20 {
			o := observe(t, s)
			st := stateOf(t, o)
			if o.VerdictOn(staleCounter, "") == protocol.Held {
				if !st.Sweep.Complete || !st.Sweep.Following || *st.Sweep.Counters != counters || st.CountersTotal != nil {
					t.Fatalf("%s: held by %+v, again: %q, untold %d", why, st.Sweep, *st.Sweep.Again, st.Sweep.Untold)
				}
				return
			}
		}
		t.Fatalf("%s: no sweep ended in 20 observations", why)
	}
	complete("at first", 2000)

	followed := func(what, key string, change func(), want map[string]protocol.Verdict) {
		t.Helper()
		change()
		o := observe(t, s)
		st := stateOf(t, o)
		if !st.Sweep.Following || st.Sweep.Behind != 0 || st.Sweep.Read > 1000 {
			t.Errorf("%s: sweep %+v, want what changed to be read", what, st.Sweep)
		}
		for _, name := range []string{overLimit, staleCounter} {
			if got := o.VerdictOn(name, key); got != want[name] {
				t.Errorf("%s: %s of %s is %s, want %s", what, name, key, got, want[name])
			}
			if got := o.VerdictOn(name, "key-1500"); got != protocol.Held {
				t.Errorf("%s: %s of another key is %s, want held: %q", what, name, got, verdicts(o))
			}
		}
	}
	well := map[string]protocol.Verdict{overLimit: protocol.Held, staleCounter: protocol.Held}
	over := map[string]protocol.Verdict{overLimit: protocol.Broken, staleCounter: protocol.Held}
	stale := map[string]protocol.Verdict{overLimit: protocol.Held, staleCounter: protocol.Broken}
	const key = "key-1777"
	followed("requests", key, func() { f.fill(key, 20) }, over)
	followed("nothing", key, func() {}, over)
	followed("a limit of its own", key, func() { f.rdb.HSet(t.Context(), "ratelimit:limit:"+key, "limit", 100, "window_ms", 60_000) }, well)
	followed("no expiry", key, func() { f.rdb.Persist(t.Context(), "ratelimit:"+key) }, stale)
	followed("a reset", key, func() { f.rdb.Del(t.Context(), "ratelimit:"+key) }, well)
	followed("a new key", "key-new", func() { f.fill("key-new", 11) }, over)

	// What was known is not, where Redis has been away or the rule is another.
	again := func(what string, o protocol.Observation, reason string) {
		t.Helper()
		st := stateOf(t, o)
		if st.Sweep.Following || st.Sweep.Complete || st.Sweep.Again == nil || !strings.Contains(*st.Sweep.Again, reason) {
			t.Errorf("%s: sweep %+v, want it made again because %s", what, st.Sweep, reason)
		}
		if got := o.VerdictOn(overLimit, key); got != protocol.Unknown {
			t.Errorf("%s: over_limit of a key that was not read again is %s", what, got)
		}
		if got := o.VerdictOn(overLimit, "key-new"); got != protocol.Broken {
			t.Errorf("%s: over_limit of the key that is wrong is %s", what, got)
		}
	}
	f.turnAway(func() {
		if o := observe(t, s); o.VerdictOn(overLimit, key) != protocol.Unknown {
			t.Errorf("Redis is away: %q", verdicts(o))
		}
	})
	again("an outage", observe(t, s), "")
	f.rdb.Del(t.Context(), "ratelimit:key-new")
	complete("after an outage, with one that was reset", 1999)

	followed("a new key once more", "key-new", func() { f.fill("key-new", 11) }, over)
	s.census.fewer = true
	again("an API that lists fewer", observe(t, s), "the API lists fewer counters")
	complete("after that", 2000)
	f.on("GET /api/limits", answerWith(http.StatusOK, `{"default_limit":9,"default_window_ms":60000}`))
	if o := observe(t, s); o.VerdictOn(overLimit, key) != protocol.Unknown || o.VerdictOn(staleCounter, key) != protocol.Held {
		t.Errorf("the default limit has just changed: %q", verdicts(o))
	}
	again("another default limit", observe(t, s), "the default limit is another")
}
