package ratelimiter

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// Observe implements [protocol.Subject].
func (s *Subject) Observe(ctx context.Context) (protocol.Observation, error) {
	ctx, leave, err := s.life.Enter(ctx, "observe")
	if err != nil {
		return protocol.Observation{}, err
	}
	defer leave()
	return s.sharing.Observe(ctx, s.observe)
}

// observe makes one observation.
func (s *Subject) observe(ctx context.Context) (protocol.Observation, error) {
	round, done, err := kit.NewRound(ctx)
	if err != nil {
		return protocol.Observation{}, err
	}
	defer done()

	g := s.gather(round)
	if err := round.Err(); err != nil {
		return protocol.Observation{}, err
	}
	judge := kit.NewJudge(s.def.Invariants, s.cfg.ListSize)
	s.judge(judge, g)
	if g.swept.miss == nil {
		s.census.mark(slices.Collect(maps.Keys(g.marked)))
		if g.listedAll() && g.swept.value.known && !g.swept.value.whole {
			s.census.contradict(g.swept.value)
		}
	}
	violations, unchecked := judge.Verdicts()

	state, err := json.Marshal(s.state(g))
	if err != nil {
		return protocol.Observation{}, protocol.Errorf(protocol.Internal, "observe: encode the state: %w", err)
	}
	return protocol.Observation{
		Time:       g.now.UTC().Round(0), // without the monotonic clock, which no other process shares
		Duration:   time.Since(g.now),
		Summary:    s.summarize(g, violations, unchecked),
		Sources:    round.Sources(),
		Violations: violations,
		Unchecked:  unchecked,
		State:      state,
	}, nil
}

// judge gives every invariant its verdicts.
func (s *Subject) judge(j *kit.Judge, g *gathering) {
	s.judgeManagement(j, g)
	s.judgeNodes(j, g)
	s.judgeHealth(j, g)
	s.judgeRedis(j, g)
	s.judgeMetrics(j, g)
	s.judgeLatency(j, g)
	s.judgeLimits(j, g)
	s.judgeExpiry(j, g)
	s.judgeDrift(j, g)
	s.judgeGhosts(j, g)
}

func (s *Subject) summarize(g *gathering, violations []protocol.Violation, unchecked []protocol.Unchecked) string {
	nodes, counters := "nodes unknown", "counters unknown"
	if g.nodes.miss == nil {
		nodes = plural(len(g.nodes.value), "node")
	}
	switch {
	case g.countedAll():
		counters = plural(len(g.counters), "counter")
	case len(g.counters) > 0:
		counters = "at least " + plural(len(g.counters), "counter")
	}
	return fmt.Sprintf("%s, %s; %s", nodes, counters, kit.Summarize(s.def.Invariants, violations, unchecked))
}

func plural[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
