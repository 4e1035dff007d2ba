package tikv

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
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
	if g.stores.miss == nil {
		g.gone = s.memory.see(g.stores.value, g.now)
	}
	judge := kit.NewJudge(s.def.Invariants, s.cfg.ListSize)
	s.judge(judge, g)
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
	s.judgePD(j, g)
	s.judgeMetrics(j, g)
	s.judgeStores(j, g)
	s.judgeLatency(j, g)
	s.judgeDisks(j, g)
	s.judgeLeaders(j, g)
	s.judgeReplication(j, g)
	s.judgeBalance(j, g)
}

func (s *Subject) summarize(g *gathering, violations []protocol.Violation, unchecked []protocol.Unchecked) string {
	stores, regions := "stores unknown", "regions unknown"
	if g.stores.miss == nil {
		up, all := 0, 0
		for _, st := range present(g.stores.value) {
			if all++; st.State == pd.StateUp {
				up++
			}
		}
		stores = fmt.Sprintf("%d of %d stores up", up, all)
	}
	if g.stats.miss == nil {
		regions = fmt.Sprintf("%d regions", g.stats.value.Count)
	}
	return fmt.Sprintf("%s, %s; %s", stores, regions, kit.Summarize(s.def.Invariants, violations, unchecked))
}

// present are the stores that are in the cluster: all but the tombstones.
func present(stores []pd.Store) []pd.Store {
	var in []pd.Store
	for _, st := range stores {
		if st.State != pd.StateTombstone {
			in = append(in, st)
		}
	}
	return in
}
