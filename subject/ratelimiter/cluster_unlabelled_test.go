package ratelimiter

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// TestNodesThatLabelNothing: the metrics carry neither node_id nor key. Nodes
// are told apart by the address that is scraped, and what was allowed for a key
// is nobody's knowledge.
func TestNodesThatLabelNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, cluster.Options{NodeLabels: new(false), KeyLabels: new(false), Nodes: 2})
	o := r.until(t, "all that can be known", func(o protocol.Observation) bool {
		return len(unjudged(o)) == 1 && o.VerdictOn(ghostAllowing, "") == protocol.Unknown
	})
	st := stateOf(t, o)
	for _, node := range r.c.Nodes() {
		if m := st.NodeMetrics[node.ID()]; m.LatencyP99MS == nil || *m.LatencyP99MS <= 0 {
			t.Errorf("%s: %+v, want its latency", node.ID(), st.NodeMetrics)
		}
	}
}

// TestGhosts: nodes that let everything pass while Redis is away. When it is
// back, Prometheus tells of it.
func TestGhosts(t *testing.T) {
	t.Parallel()
	r := newRig(t, cluster.Options{DefaultLimit: 10, Nodes: 2, NodeArgs: []string{"--fail-open"}})
	r.untilHeld(t)
	if _, err := r.c.Load(t.Context(), cluster.LoadOptions{Rate: 40, Keys: []string{"greedy"}}); err != nil {
		t.Fatal(err)
	}
	r.until(t, "the limit to work", func(o protocol.Observation) bool {
		st := stateOf(t, o)
		return len(st.Blocks) == 1 && st.Blocks[0].Key == "greedy" && o.VerdictOn(ghostAllowing, "greedy") == protocol.Held
	})
	r.must(t, r.c.Redis().Kill())
	// While Redis is away nobody can tell a limit, so nobody is accused.
	deadline := time.Now().Add(3 * time.Second)
	r.until(t, "some seconds without Redis", func(o protocol.Observation) bool {
		if got := o.VerdictOn(ghostAllowing, ""); got != protocol.Unknown {
			t.Errorf("ghost_allowing is %s without Redis: %q", got, verdicts(o))
		}
		return time.Now().After(deadline)
	})
	r.must(t, r.c.Redis().Restart(t.Context()))
	r.until(t, "the ghosts to be seen", func(o protocol.Observation) bool {
		return o.VerdictOn(ghostAllowing, "greedy") == protocol.Broken
	})
}
