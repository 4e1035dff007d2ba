package ratelimiter

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// state writes the document of an observation.
func (s *Subject) state(g *gathering) State {
	var st State
	left := &kit.Room{Entries: s.cfg.ListSize, Bytes: s.cfg.MaxStateBytes}
	putNodes(&st, g, left)
	s.putCounters(&st, g, left)
	putMetrics(&st, g, left)
	if g.limits.miss == nil {
		st.Limits = &LimitsState{g.limits.value.DefaultLimit, g.limits.value.DefaultWindowMS}
	}
	putBlocks(&st, g, left)
	if there, known := g.ping.miss.Presence(); known {
		st.RedisConnected = &there
	}
	return st
}

func putMetrics(st *State, g *gathering, left *kit.Room) {
	if g.latency.miss != nil {
		return
	}
	latencies := g.latencies()
	slowestFirst := slices.SortedFunc(maps.Keys(latencies), func(a, b string) int {
		return cmp.Or(cmp.Compare(latencies[b].ms, latencies[a].ms), cmp.Compare(a, b))
	})
	kept, _ := left.Take(len(slowestFirst), func(i int) int { return kit.JSONLen(slowestFirst[i]) })
	st.NodeMetrics = make(map[string]NodeMetrics, kept)
	for _, entity := range slowestFirst[:kept] {
		m := NodeMetrics{}
		if l := latencies[entity]; l.present {
			m.LatencyP99MS = finite(l.ms)
		}
		st.NodeMetrics[entity] = m
	}
}

func putBlocks(st *State, g *gathering, left *kit.Room) {
	if g.blocks.miss != nil {
		return
	}
	blocks := make([]BlockState, 0, len(g.blocks.value))
	for _, b := range g.blocks.value {
		blocks = append(blocks, BlockState{b.Key, b.CurrentCount, b.Limit})
	}
	slices.SortFunc(blocks, func(a, b BlockState) int {
		return cmp.Or(cmp.Compare(b.CurrentCount-b.Limit, a.CurrentCount-a.Limit), cmp.Compare(a.Key, b.Key))
	})
	kept, cut := left.Take(len(blocks), func(i int) int { return kit.JSONLen(blocks[i].Key) })
	st.Blocks, st.BlocksTotal, st.BlocksTruncated = blocks[:kept], new(len(blocks)), cut
}

func putNodes(st *State, g *gathering, left *kit.Room) {
	if g.nodes.miss != nil {
		return
	}
	nodes := make([]NodeState, 0, len(g.nodes.value))
	for _, n := range g.nodes.value {
		nodes = append(nodes, NodeState{
			ID: n.ID, Address: n.Address, State: n.State, RegisteredAt: n.RegisteredAt,
			Reachable: reachable(g, n),
		})
	}
	slices.SortFunc(nodes, func(a, b NodeState) int {
		return cmp.Or(cmp.Compare(wellness(a), wellness(b)), strings.Compare(a.ID, b.ID))
	})
	kept, cut := left.Take(len(nodes), func(i int) int {
		return kit.JSONLen(nodes[i].ID) + kit.JSONLen(nodes[i].Address) + kit.JSONLen(nodes[i].State)
	})
	st.Nodes, st.NodesTotal, st.NodesTruncated = nodes[:kept], new(len(nodes)), cut
}

func reachable(g *gathering, n ratelimiter.Node) *bool {
	p, probed := g.health[n.ID]
	switch {
	case !probed, !p.conclusive, p.other != "", failure.ClassOf(p.err) == failure.Invalid:
		return nil
	default:
		return new(p.err == nil)
	}
}

func wellness(n NodeState) int {
	switch {
	case n.State != stateUp:
		return 0
	case n.Reachable == nil || !*n.Reachable:
		return 1
	default:
		return 2
	}
}

func (s *Subject) putCounters(st *State, g *gathering, left *kit.Room) {
	if g.swept.miss == nil {
		st.Sweep = sweepState(g.swept.value)
	}
	if g.swept.miss != nil && g.listed.miss != nil {
		return
	}
	kept, cut := left.Take(len(g.ranked), func(i int) int { return kit.JSONLen(g.ranked[i].entity) })
	st.Counters = make([]CounterState, 0, kept)
	for _, c := range g.ranked[:kept] {
		st.Counters = append(st.Counters, g.counterState(c))
	}
	st.CountersTruncated = cut || !g.countedAll()
	if g.countedAll() {
		st.CountersTotal = new(len(g.counters))
	}
}

func sweepState(l leg) *SweepState {
	v := l.Visited
	st := &SweepState{
		Complete: l.known, Read: v.Asked + v.Swept + v.Changed + v.Moved + v.Verified, Swept: l.Swept, Total: l.Total,
		Following: l.Following, Behind: l.Behind,
		Again: text(l.Again), Off: text(l.Off), One: text(l.One), Untold: l.Differences,
	}
	if l.Last != nil {
		st.Counters, st.LastFull = new(l.Last.Counters), new(l.Last.Ended.UTC())
	}
	return st
}

// text is a text that there may be none of. What it tells comes from elsewhere.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return new(failure.Line(s))
}

// countedAll reports whether the counters that are known are all there are.
func (g *gathering) countedAll() bool {
	return g.sweptAll() || g.swept.miss != nil && g.listedAll()
}

func (g *gathering) counterState(c *counter) CounterState {
	st := CounterState{Key: c.entity}
	count, unknown := g.count(c)
	if unknown == nil {
		st.Count = &count
	}
	limit, noLimit := g.limit(c)
	if noLimit == nil {
		st.Limit = &limit
	}
	if unknown == nil && noLimit == nil {
		st.Remaining = new(max(0, limit-count))
	}
	if window := g.keyWindow(c); window > 0 {
		st.WindowMS = new(window.Milliseconds())
	}
	if c.stored != nil && c.stored.Present && !c.stored.NoExpiry && c.stored.Err == nil {
		st.ExpiresInMS = new(c.stored.Expiry.Round(time.Millisecond).Milliseconds())
	}
	return st
}
