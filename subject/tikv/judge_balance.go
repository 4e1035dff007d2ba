package tikv

import (
	"fmt"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgeBalance: leaders against each store's fair share, by weight, among the
// stores that may have leaders.
func (s *Subject) judgeBalance(j *kit.Judge, g *gathering) {
	for _, miss := range []*kit.Miss{g.stores.miss, g.stats.miss, g.evicting.miss} {
		if miss != nil {
			j.Unknown(leaderImbalance, "", miss.Source, miss.Message)
			return
		}
	}
	serving := slices.DeleteFunc(slices.Clone(g.stores.value), func(st pd.Store) bool { return !mayLead(st, g.evicting.value) })
	leaders, weights := 0.0, 0.0
	for _, st := range serving {
		leaders += float64(g.stats.value.StoreLeaderCount[st.ID])
		weights += st.LeaderWeight
	}
	stats := g.stats.value
	switch {
	case leaders == 0 || weights <= 0:
		j.Unknown(leaderImbalance, "", sourceStats, "no store that may have leaders is known to have any")
		return
	case stats.Leaders() < stats.Count/2:
		j.Unknown(leaderImbalance, "", sourceStats, fmt.Sprintf("PD knows the leaders of only %d of %d regions", stats.Leaders(), stats.Count))
		return
	}
	rule := s.cfg.Invariants.LeaderImbalance
	for _, st := range serving {
		has := float64(stats.StoreLeaderCount[st.ID])
		fair := leaders * st.LeaderWeight / weights
		if most := fair*(1+rule.Tolerance) + rule.Slack; has > most {
			j.Broken(protocol.Violation{
				Invariant: leaderImbalance, Entity: text(st.ID), Value: &has, Threshold: &most, Unit: "leaders",
				Message: fmt.Sprintf("it has %.0f leaders, its fair share is %.0f", has, fair),
			})
		}
	}
	for id := range g.gone {
		j.Unknown(leaderImbalance, text(id), sourceStores, "PD no longer knows this store")
	}
	j.Checked(leaderImbalance)
}

// mayLead reports whether PD places leaders on a store: TiFlash only has
// learners, which cannot lead (the label is the one that it registers with).
func mayLead(st pd.Store, evicting []uint64) bool {
	return st.State == pd.StateUp && !slices.Contains(evicting, st.ID) && st.Labels["engine"] != "tiflash"
}
