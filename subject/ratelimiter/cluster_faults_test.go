package ratelimiter

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// TestFaults hurts one cluster in one way after the other, mending it each time.
func TestFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, cluster.Options{})
	r.untilHeld(t)
	for _, fault := range []struct {
		name string
		test func(*testing.T)
	}{
		{"NodeKilled", r.nodeKilled},
		{"NodeHung", r.nodeHung},
		{"PrometheusHung", r.prometheusHung},
		{"PrometheusKilled", r.prometheusKilled},
		{"RedisHung", r.redisHung},
		{"RedisKilled", r.redisKilled},
		{"RedisFlushed", r.redisFlushed},
		{"AllNodesHung", r.allNodesHung},
		{"AllNodesKilled", r.allNodesKilled},
	} {
		if !t.Run(fault.name, fault.test) {
			return // what comes next would tell of this fault again
		}
	}
}

// nodeKilled: unreachable at once; down with the first observation that begins
// after its registration has expired, and not while it has not.
func (r *rig) nodeKilled(t *testing.T) {
	node := r.c.Node(1)
	r.must(t, node.Kill())
	o := observe(t, r.s)
	if o.VerdictOn(nodeUnreachable, node.ID()) != protocol.Broken || o.VerdictOn(nodeDown, "") != protocol.Held {
		t.Errorf("just killed, and registered still: %q", verdicts(o))
	}
	registered := func() bool { return r.rdb.Exists(t.Context(), "ratelimiter:nodes:"+node.ID()).Val() == 1 }
	err := wait.For(t.Context(), "node_down", func() (bool, error) {
		before := registered()
		o = observe(t, r.s)
		down := o.VerdictOn(nodeDown, node.ID()) == protocol.Broken
		if down && registered() {
			t.Errorf("down, and it is registered: %q", verdicts(o))
		}
		if !before && !down {
			t.Errorf("not down, and its registration had expired: %q", verdicts(o))
		}
		return down, nil
	})
	r.must(t, err)
	for _, id := range []string{"node-1", "node-3"} {
		if o.VerdictOn(nodeDown, id) != protocol.Held {
			t.Errorf("%s is not well: %q", id, verdicts(o))
		}
	}
	// That it was unreachable is neither over nor to be seen any more.
	if got := o.VerdictOn(nodeUnreachable, node.ID()); got != protocol.Unknown {
		t.Errorf("node_unreachable of a node that is gone is %s", got)
	}
	r.must(t, node.Restart(t.Context()))
	r.untilHeld(t)
}

// nodeHung: it accepts connections and says nothing. Its heartbeat has stopped
// too.
func (r *rig) nodeHung(t *testing.T) {
	node := r.c.Node(0) // the one that has been asked first so far
	r.must(t, node.Hang())
	begin := time.Now()
	o := observe(t, r.s)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("the observation took %s", took)
	}
	if o.VerdictOn(nodeUnreachable, node.ID()) != protocol.Broken || o.VerdictOn(managementUnavailable, "") != protocol.Held {
		t.Errorf("verdicts %q", verdicts(o))
	}
	for name, class := range notOK(o) {
		t.Errorf("source %s is %s, and two nodes can answer", name, class)
	}
	r.must(t, node.Resume())
	r.untilHeld(t)
}

func (r *rig) prometheusHung(t *testing.T) {
	r.must(t, r.c.Prometheus().Hang())
	r.withinItsTime(t, withoutPrometheus())
	r.cutShort(t, metricsUnavailable)
	r.must(t, r.c.Prometheus().Resume())
	r.untilHeld(t)
}

func (r *rig) prometheusKilled(t *testing.T) {
	r.must(t, r.c.Prometheus().Kill())
	r.withinItsTime(t, withoutPrometheus())
	r.must(t, r.c.Prometheus().Restart(t.Context()))
	r.untilHeld(t)
}

// redisHung has a ticket open meanwhile: an outage closes nothing.
func (r *rig) redisHung(t *testing.T) {
	const key = "hurt"
	r.must(t, r.c.InjectRequests(t.Context(), key, 500))
	r.must(t, r.rdb.Persist(t.Context(), "ratelimit:"+key).Err())
	tracker := protocol.NewTracker(r.s.Definition().Invariants)
	tracker.Update(observe(t, r.s))
	open := len(tracker.Tickets())
	if open < 2 {
		t.Fatalf("tickets %+v, want over_limit and stale_counter of %s", tracker.Tickets(), key)
	}

	r.must(t, r.c.Redis().Hang())
	for range 2 {
		for _, tr := range tracker.Update(r.withinItsTime(t, withoutRedis())) {
			if tr.To == protocol.Resolved || tr.To == protocol.Cleared {
				t.Errorf("an observation that could not look has closed %s of %s", tr.Ticket.Invariant, tr.Ticket.Entity)
			}
		}
	}
	r.cutShort(t, redisDisconnected)
	if got := len(tracker.Tickets()); got != open+1 {
		t.Errorf("%d tickets, want the %d before and redis_disconnected", got, open)
	}

	// A node that cannot reach Redis has been told to reset a counter, and has
	// not said that it did.
	_, err := act(t, r.s, protocol.Action{Name: resetCounter, ID: "while redis hangs", Params: []byte(`{"key":"hurt"}`)})
	if protocol.EffectOf(err) != protocol.EffectUnknown {
		t.Errorf("reset_counter while Redis hangs = %v, want an unknown effect", err)
	}
	r.must(t, r.c.Redis().Resume())
	r.must(t, r.rdb.Del(t.Context(), "ratelimit:"+key).Err())
	r.untilHeld(t)
}

func (r *rig) redisKilled(t *testing.T) {
	r.must(t, r.c.Redis().Kill())
	r.withinItsTime(t, withoutRedis())
	r.must(t, r.c.Redis().Restart(t.Context()))
	// It came back empty. Until the nodes have registered again they are gone,
	// not "none".
	o := observe(t, r.s)
	if o.VerdictOn(redisDisconnected, "") != protocol.Held {
		t.Errorf("Redis is back: %q", verdicts(o))
	}
	if n := *stateOf(t, o).NodesTotal; n < 3 && o.VerdictOn(nodeDown, "") != protocol.Broken {
		t.Errorf("%d nodes are registered: %q", n, verdicts(o))
	}
	r.untilHeld(t)
}

func (r *rig) redisFlushed(t *testing.T) {
	r.must(t, r.rdb.FlushAll(t.Context()).Err())
	o := observe(t, r.s)
	if n := stateOf(t, o).NodesTotal; n == nil || *n < 3 && o.VerdictOn(nodeDown, "") != protocol.Broken {
		t.Errorf("nodes %v of 3: %q", n, verdicts(o))
	}
	r.untilHeld(t)
}

// allNodesHung: nobody answers, though everybody is there.
func (r *rig) allNodesHung(t *testing.T) {
	for _, node := range r.c.Nodes() {
		r.must(t, node.Hang())
	}
	r.withinItsTime(t, withoutManagement())
	r.cutShort(t, managementUnavailable)
	_, err := act(t, r.s, protocol.Action{Name: resetCounter, ID: "while all hang", Params: []byte(`{"key":"user:1"}`)})
	if protocol.EffectOf(err) != protocol.EffectNone || protocol.CodeOf(err) != protocol.DeadlineExceeded {
		t.Errorf("reset_counter = %v; nobody answered, so nobody was told", err)
	}
	for _, node := range r.c.Nodes() {
		r.must(t, node.Resume())
	}
	r.untilHeld(t)
}

func (r *rig) allNodesKilled(t *testing.T) {
	for _, node := range r.c.Nodes() {
		r.must(t, node.Kill())
	}
	r.withinItsTime(t, withoutManagement())
	_, err := act(t, r.s, protocol.Action{Name: updateLimit, ID: "while all are gone", Params: []byte(`{"key":"user:1","limit":1}`)})
	if protocol.EffectOf(err) != protocol.EffectNone || protocol.CodeOf(err) != protocol.Unavailable {
		t.Errorf("update_limit = %v, want not applied", err)
	}
	// A subject that is opened now knows as little.
	fresh := r.open(nil)
	expect(t, observe(t, fresh), withoutManagement())
}

// withinItsTime observes, and wants these verdicts before the deadline.
func (r *rig) withinItsTime(t *testing.T, want map[string]protocol.Verdict) protocol.Observation {
	t.Helper()
	begin := time.Now()
	o := observe(t, r.s)
	if took := time.Since(begin); took >= 5*time.Second {
		t.Errorf("the observation took %s, its deadline was after 5s", took)
	}
	expect(t, o, want)
	return o
}

// cutShort observes with less time than the hung source is given: every call
// returns before its deadline, and does not hold the lack of time against the
// source.
func (r *rig) cutShort(t *testing.T, invariant string) {
	t.Helper()
	for _, given := range []time.Duration{time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond} {
		ctx, cancel := contextWithin(t, given)
		o, err := r.s.Observe(ctx)
		inTime := ctx.Err() == nil
		cancel()
		switch {
		case given < 100*time.Millisecond:
			// Too short to promise anything on a busy machine but an answer.
			if err != nil && protocol.CodeOf(err) != protocol.DeadlineExceeded {
				t.Errorf("within %s: %v", given, err)
			}
			if err != nil {
				continue
			}
		case err != nil || !inTime:
			t.Errorf("within %s: in time %t, %v", given, inTime, err)
			continue
		}
		verifyObservation(t, r.s, o)
		if got := o.VerdictOn(invariant, ""); got != protocol.Unknown {
			t.Errorf("within %s: %s is %s, want unknown\n%q", given, invariant, got, verdicts(o))
		}
	}
}
