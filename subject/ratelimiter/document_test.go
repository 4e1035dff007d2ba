package ratelimiter

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// small is a configuration whose lists have three entries and few bytes.
const small = `{
	"management": {"urls": ["http://127.0.0.1:1"]},
	"redis": {"url": "redis://127.0.0.1:1"},
	"prometheus": {"url": "http://127.0.0.1:1"},
	"list_size": 3, "max_state_bytes": 1024
}`

// stated is the state of a gathering, checked against its schema.
func stated(t *testing.T, s *Subject, g *gathering) State {
	t.Helper()
	g.collect(answer[[]redis.Counter]{})
	g.ranked = g.worstFirst()
	st := s.state(g)
	doc, err := json.Marshal(st)
	if err != nil {
		t.Fatal(err)
	}
	verifyObservation(t, s, protocol.Observation{Time: time.Now(), State: doc})
	return st
}

func keysOf(counters []CounterState) []string {
	keys := make([]string, len(counters))
	for i, c := range counters {
		keys[i] = c.Key
	}
	return keys
}

// TestStateOfLostSources: what was not read is null, whatever else was.
func TestStateOfLostSources(t *testing.T) {
	s := open(t, everything)
	for _, source := range allSources {
		for _, class := range missingClasses {
			g := well()
			g.lose(source, class)
			st := stated(t, s, g)
			for name, tc := range map[string]struct{ isNull, want bool }{
				"nodes":           {st.Nodes == nil && st.NodesTotal == nil, source == sourceNodes},
				"counters":        {st.Counters == nil, false}, // the API or Redis, either tells of them
				"counters_total":  {st.CountersTotal == nil, false},
				"limits":          {st.Limits == nil, source == sourceLimits},
				"blocks":          {st.Blocks == nil && st.BlocksTotal == nil, source == sourceBlocks},
				"node_metrics":    {st.NodeMetrics == nil, source == sourceLatency},
				"sweep":           {st.Sweep == nil, source == sourceStored},
				"redis_connected": {st.RedisConnected == nil, source == sourcePing && expected(source, class)[redisDisconnected] == protocol.Unknown},
			} {
				if tc.isNull != tc.want {
					t.Errorf("without %s (%s): %s is null: %t, want %t", source, class, name, tc.isNull, tc.want)
				}
			}
		}
	}
	g := well()
	for _, source := range allSources {
		g.lose(source, protocol.SourceTimeout)
	}
	if st := stated(t, s, g); st.Counters != nil || st.CountersTotal != nil {
		t.Errorf("neither the API nor Redis was read: counters %+v", st.Counters)
	}
}

func TestStateOfCounters(t *testing.T) {
	s := open(t, small)
	g := well()
	g.swept.value.Counters = append(g.swept.value.Counters, stored("full", 10),
		redis.Counter{Key: "odd", Err: &failure.Error{Op: "ZCARD", Class: failure.WrongType}})
	g.swept.value.Counters[1].NoExpiry = true
	st := stated(t, s, g)
	if diff := cmp.Diff([]string{"full", "own", "a"}, keysOf(st.Counters)); diff != "" {
		t.Errorf("those closest to their limits first: -want +got:\n%s", diff)
	}
	if !st.CountersTruncated || *st.CountersTotal != 5 {
		t.Errorf("truncated %t, total %d; want three of five", st.CountersTruncated, *st.CountersTotal)
	}

	st = stated(t, open(t, everything), g)
	byKey := make(map[string]CounterState)
	for _, c := range st.Counters {
		byKey[c.Key] = c
	}
	want := map[string]CounterState{
		"full": {Key: "full", Count: new(int64(10)), Limit: new(int64(10)), Remaining: new(int64(0)), WindowMS: new(int64(60_000)), ExpiresInMS: new(int64(60_000))},
		"own":  {Key: "own", Count: new(int64(60)), Limit: new(int64(100)), Remaining: new(int64(40)), WindowMS: new(int64(1000)), ExpiresInMS: new(int64(1000))},
		"a":    {Key: "a", Count: new(int64(5)), Limit: new(int64(10)), Remaining: new(int64(5)), WindowMS: new(int64(60_000)), ExpiresInMS: new(int64(60_000))},
		"b":    {Key: "b", Count: new(int64(3)), Limit: new(int64(10)), Remaining: new(int64(7)), WindowMS: new(int64(60_000))},
		"odd":  {Key: "odd"},
	}
	if diff := cmp.Diff(want, byKey); diff != "" {
		t.Errorf("counters: -want +got:\n%s", diff)
	}
}

func TestStateOfPartOfTheKeyspace(t *testing.T) {
	s := open(t, everything)
	g := well()
	ended := time.Date(2026, 11, 23, 14, 0, 0, 0, time.FixedZone("CET", 3600))
	g.swept.value.whole, g.swept.value.known = false, false
	g.swept.value.Progress = redis.Progress{
		Swept: 500, Total: new(int64(9000)), Last: &redis.FullPass{Counters: 4000, Ended: ended},
		Visited: redis.Visited{Asked: 1, Swept: 2, Changed: 3, Moved: 4, Verified: 5},
		Behind:  6, Again: "two\nlines", Off: "it was not asked for", One: "it is no Redis", Differences: 7,
	}
	st := stated(t, s, g)
	if st.CountersTotal != nil || !st.CountersTruncated {
		t.Errorf("total %v, truncated %t; three counters of an unknown number", st.CountersTotal, st.CountersTruncated)
	}
	want := &SweepState{
		Read: 15, Swept: 500, Total: new(int64(9000)), Counters: new(int64(4000)), LastFull: new(ended.UTC()),
		Behind: 6, Again: new(`two\nlines`), Off: new("it was not asked for"), One: new("it is no Redis"), Untold: 7,
	}
	if diff := cmp.Diff(want, st.Sweep); diff != "" {
		t.Errorf("sweep: -want +got:\n%s", diff)
	}
}

// TestStateIsBounded: by entries, and by bytes as they are in the document.
func TestStateIsBounded(t *testing.T) {
	s := open(t, small)
	g := well()
	g.nodes.value, g.listed.value, g.swept.value.Counters, g.latency.value = nil, nil, nil, nil
	for i := range 10 {
		id := fmt.Sprintf("node-%d", i)
		g.nodes.value = append(g.nodes.value, ratelimiter.Node{ID: id, State: "Up"})
		g.latency.value = append(g.latency.value, prometheus.NodeLatency{Node: id, P99MS: float64(i), Present: i != 9})
		g.swept.value.Counters = append(g.swept.value.Counters, stored(fmt.Sprintf("k%d", i), int64(i)))
		g.blocks.value = append(g.blocks.value, ratelimiter.Block{Key: fmt.Sprintf("k%d", i), CurrentCount: int64(i), Limit: 1})
	}
	g.nodes.value[7].State = "Down"
	g.health["node-5"] = probe{err: unanswered(failure.Unreachable), conclusive: true}
	st := stated(t, s, g)
	if len(st.Nodes) != 3 || st.Nodes[0].ID != "node-7" || !st.NodesTruncated || *st.NodesTotal != 10 {
		t.Errorf("nodes %+v, truncated %t of %d; want three of ten, the one that is not Up first", st.Nodes, st.NodesTruncated, *st.NodesTotal)
	}
	if diff := cmp.Diff([]string{"k9", "k8", "k7"}, keysOf(st.Counters)); diff != "" {
		t.Errorf("counters: -want +got:\n%s", diff)
	}
	if len(st.Blocks) != 3 || st.Blocks[0].Key != "k9" || !st.BlocksTruncated || *st.BlocksTotal != 10 {
		t.Errorf("blocks %+v, truncated %t of %d; want three of ten, the worst first", st.Blocks, st.BlocksTruncated, *st.BlocksTotal)
	}
	if len(st.NodeMetrics) != 3 || *st.NodeMetrics["node-8"].LatencyP99MS != 8 {
		t.Errorf("node metrics %+v, want three, the slowest first", st.NodeMetrics)
	}

	g = well()
	g.listed.value, g.swept.value.Counters = nil, []redis.Counter{
		stored(strings.Repeat("\x01", 150), 9), // 900 bytes in JSON
		stored(strings.Repeat("\x02", 150), 8),
	}
	if st = stated(t, s, g); len(st.Counters) != 1 || !st.CountersTruncated || *st.CountersTotal != 2 {
		t.Errorf("%d counters, truncated %t; one fits in 1,024 bytes", len(st.Counters), st.CountersTruncated)
	}
	g.swept.value.Counters = []redis.Counter{stored(strings.Repeat("x", 2000), 9)}
	if st = stated(t, s, g); st.Counters == nil || len(st.Counters) != 0 || !st.CountersTruncated || *st.CountersTotal != 1 {
		t.Errorf("counters %v, truncated %t; none fits, and there is one", st.Counters, st.CountersTruncated)
	}
}

func TestStateOfNodes(t *testing.T) {
	s := open(t, everything)
	g := well()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	g.nodes.value[0].RegisteredAt = &at
	g.health = map[string]probe{
		"node-1": {conclusive: true},
		"node-2": {err: unanswered(failure.Timeout)}, // cut short
		"node-3": {err: unanswered(failure.Timeout), conclusive: true},
	}
	g.latency.value[1].Present = false
	g.latency.value[2].P99MS = math.Inf(1)
	st := stated(t, s, g)
	want := []NodeState{
		{ID: "node-2", Address: "node-2:8080", State: "Up"},
		{ID: "node-3", Address: "node-3:8080", State: "Up", Reachable: new(false)},
		{ID: "node-1", Address: "node-1:8080", State: "Up", Reachable: new(true), RegisteredAt: &at},
	}
	if diff := cmp.Diff(want, st.Nodes); diff != "" {
		t.Errorf("nodes: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]NodeMetrics{"node-1": {LatencyP99MS: new(2.0)}, "node-2": {}, "node-3": {}}, st.NodeMetrics); diff != "" {
		t.Errorf("no measurement and one beyond all numbers are null: -want +got:\n%s", diff)
	}
}
