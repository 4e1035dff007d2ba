package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// TestACluster observes a cluster that is well, and acts on it.
func TestACluster(t *testing.T) {
	r := newRig(t, cluster.Options{DefaultWindow: time.Minute})
	o := r.untilHeld(t)
	if diff := cmp.Diff(map[string]protocol.SourceClass{}, notOK(o)); diff != "" {
		t.Errorf("sources: -want +got:\n%s", diff)
	}
	st := stateOf(t, o)
	if len(st.Nodes) != 3 || len(st.Counters) != 20 || len(st.NodeMetrics) != 3 || !st.Sweep.Complete || st.Limits.DefaultLimit != 100 || st.Limits.DefaultWindowMS != 60_000 {
		t.Errorf("state %s", o.State)
	}
	for _, n := range st.Nodes {
		if !*n.Reachable || st.NodeMetrics[n.ID].LatencyP99MS == nil {
			t.Errorf("node %+v, metrics %+v", n, st.NodeMetrics[n.ID])
		}
	}
	t.Run("Concurrently", r.concurrently)
	t.Run("OverLimit", r.overLimit)
	t.Run("StaleCounter", r.staleCounter)
	t.Run("UpdateLimit", r.updateLimit)
	t.Run("KeysFromHell", r.keysFromHell)
	t.Run("Drift", r.drift)
}

// concurrently makes 200 observations of a system that is well at the same time.
func (r *rig) concurrently(t *testing.T) {
	const callers = 200
	// Time enough to read all counters, however busy the machine is.
	s := r.open(map[string]any{"redis": map[string]any{"url": r.c.RedisURL(), "timeout": "10s", "budget": map[string]any{"time": "10s"}}})
	r.untilOf(t, s, "every invariant to hold", func(o protocol.Observation) bool { return o.Verdict() == protocol.Held })
	observations, errs := make([]protocol.Observation, callers), make([]error, callers)
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range callers {
		all.Go(func() {
			<-start
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			observations[i], errs[i] = s.Observe(ctx)
		})
	}
	begin := time.Now()
	close(start)
	all.Wait()
	t.Logf("%d observations at once took %s", callers, time.Since(begin))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	odd := make(map[string]int)
	for _, o := range observations {
		checkObservation(t, s, o)
		for _, line := range verdicts(o) {
			odd[line]++
		}
		if st := stateOf(t, o); len(st.Nodes) != 3 || len(st.Counters) != 20 {
			odd[fmt.Sprintf("%d nodes, %d counters", len(st.Nodes), len(st.Counters))]++
		}
	}
	for line, n := range odd {
		t.Errorf("%d of %d: %s", n, callers, line)
	}
}

// overLimit: put over its limit behind the limiter's back, and reset.
func (r *rig) overLimit(t *testing.T) {
	const key = "over"
	r.must(t, r.c.InjectRequests(t.Context(), key, 150))
	o := observe(t, r.s)
	if o.VerdictOn(overLimit, key) != protocol.Broken || *o.Violations[0].Value != 150 || *o.Violations[0].Threshold != 100 {
		t.Fatalf("150 of 100: %q", verdicts(o))
	}
	before := r.contents(t)
	plan, err := act(t, r.s, action(resetCounter, "", `{"key":"over"}`))
	r.must(t, err)
	sameJSON(t, `[{"entity":"over","field":"count","before":150,"after":0}]`, plan)
	if diff := cmp.Diff(before, r.contents(t)); diff != "" {
		t.Errorf("a dry run has changed: -before +after:\n%s", diff)
	}

	done, err := act(t, r.s, action(resetCounter, "over 1", `{"key":"over"}`))
	r.must(t, err)
	sameJSON(t, `[{"entity":"over","field":"count","before":150,"after":0}]`, done)
	if o := observe(t, r.s); o.VerdictOn(overLimit, key) != protocol.Held {
		t.Errorf("reset: %q", verdicts(o))
	}
	r.must(t, r.c.InjectRequests(t.Context(), key, 3))
	again, err := act(t, r.s, action(resetCounter, "over 1", `{"key":"over"}`))
	r.must(t, err)
	if diff := cmp.Diff(done, again); diff != "" || r.rdb.ZCard(t.Context(), "ratelimit:over").Val() != 3 {
		t.Errorf("the same ID has acted again: -first +again:\n%s", diff)
	}
	done, err = act(t, r.s, action(resetCounter, "over 2", `{"key":"over"}`))
	if err != nil || done.Status != protocol.OutcomeAccepted {
		t.Errorf("another ID: %+v, %v", done, err)
	}
	done, err = act(t, r.s, action(resetCounter, "over 3", `{"key":"over"}`))
	if err != nil || done.Status != protocol.OutcomeUnchanged {
		t.Errorf("nothing left to reset: %+v, %v", done, err)
	}
}

func (r *rig) staleCounter(t *testing.T) {
	const key = "stale"
	r.must(t, r.c.InjectRequests(t.Context(), key, 7))
	r.must(t, r.rdb.Persist(t.Context(), "ratelimit:"+key).Err())
	if o := observe(t, r.s); o.VerdictOn(staleCounter, key) != protocol.Broken {
		t.Errorf("it has no expiry: %q", verdicts(o))
	}
	_, err := act(t, r.s, action(resetCounter, "stale", `{"key":"stale"}`))
	r.must(t, err)
	if o := observe(t, r.s); o.VerdictOn(staleCounter, key) != protocol.Held {
		t.Errorf("reset: %q", verdicts(o))
	}
}

func (r *rig) updateLimit(t *testing.T) {
	r.must(t, r.c.InjectRequests(t.Context(), "tight", 7))
	before := r.contents(t)
	plan, err := act(t, r.s, action(updateLimit, "", `{"key":"tight","limit":5,"window_ms":20000}`))
	r.must(t, err)
	const changes = `[{"entity":"tight","field":"limit","before":100,"after":5},
		{"entity":"tight","field":"window_ms","before":60000,"after":20000}]`
	sameJSON(t, changes, plan)
	if diff := cmp.Diff(before, r.contents(t)); diff != "" {
		t.Errorf("a dry run has changed: -before +after:\n%s", diff)
	}
	done, err := act(t, r.s, action(updateLimit, "tight", `{"key":"tight","limit":5,"window_ms":20000}`))
	r.must(t, err)
	sameJSON(t, changes, done)
	own := r.rdb.HGetAll(t.Context(), "ratelimit:limit:tight").Val()
	if own["limit"] != "5" || own["window_ms"] != "20000" {
		t.Errorf("Redis has %v", own)
	}
	if o := observe(t, r.s); o.VerdictOn(overLimit, "tight") != protocol.Broken {
		t.Errorf("7 of 5: %q", verdicts(o))
	}
	same, err := act(t, r.s, action(updateLimit, "tight again", `{"key":"tight","limit":5,"window_ms":20000}`))
	if err != nil || same.Status != protocol.OutcomeUnchanged {
		t.Errorf("to what it is: %+v, %v", same, err)
	}
	_, err = act(t, r.s, action(updateLimit, "loose", `{"key":"tight","limit":50}`))
	r.must(t, err)
	if o := observe(t, r.s); o.VerdictOn(overLimit, "tight") != protocol.Held {
		t.Errorf("7 of 50: %q", verdicts(o))
	}
	r.must(t, r.rdb.Del(t.Context(), "ratelimit:limit:tight", "ratelimit:tight").Err())
}

// drift: the management endpoint is a node that somebody bound to another Redis.
func (r *rig) drift(t *testing.T) {
	other, address, err := servers.StartRedis(t.Context(), t.TempDir())
	r.must(t, err)
	defer func() { r.must(t, other.Close()) }()
	binary, err := build.Node(t.Context())
	r.must(t, err)
	stray, endpoint, err := servers.Start(t.Context(), func(listen string) process.Spec {
		return process.Spec{Name: "stray", Path: binary, Args: []string{
			"--node-id=stray", "--listen=" + listen, "--redis=redis://" + address, "--default-window=1m",
		}}
	})
	r.must(t, err)
	defer func() { r.must(t, stray.Close()) }()

	r.must(t, r.c.InjectRequests(t.Context(), "drifting", 42))
	s := r.open(map[string]any{"management": map[string]any{"urls": []string{"http://" + endpoint}}})
	o := r.untilOf(t, s, "the stray node to serve", func(o protocol.Observation) bool {
		return o.VerdictOn(managementUnavailable, "") == protocol.Held
	})
	if o.VerdictOn(counterDrift, "drifting") != protocol.Broken {
		t.Errorf("one Redis has 42, the other none: %q", verdicts(o))
	}
	if o := observe(t, r.s); o.VerdictOn(counterDrift, "") != protocol.Held {
		t.Errorf("the other nodes read the right one: %q", verdicts(o))
	}
}
