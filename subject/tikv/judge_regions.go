package tikv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgeLeaders: the regions that have a leader are counted, not listed.
func (s *Subject) judgeLeaders(j *kit.Judge, g *gathering) {
	if miss := g.stats.miss; miss == nil && g.stats.value.Leaders() > 0 {
		if without := float64(g.leaderless()); without > 0 {
			j.Broken(protocol.Violation{
				Invariant: regionWithoutLeader, Value: &without, Threshold: new(0.0), Unit: "regions",
				Message: fmt.Sprintf("%.0f of %d regions have no leader", without, g.stats.value.Count),
			})
		}
	}
	if source, why := g.unreported(); why != "" {
		j.Unknown(regionWithoutLeader, "", source, why)
	}
	j.Checked(regionWithoutLeader)
}

// judgeReplication: each check by itself. It is a region's leader that reports
// its other peers, so a count of none stands for the regions that report. Where
// no check says anything the invariant is unknown as such, once and not for each.
func (s *Subject) judgeReplication(j *kit.Judge, g *gathering) {
	source, why := g.unreported()
	type doubt struct{ check, source, reason string }
	var doubts []doubt
	for _, r := range replication {
		list := g.checks[r.check]
		switch {
		case list.miss != nil:
			doubts = append(doubts, doubt{string(r.check), list.miss.Source, list.miss.Message})
		case list.value.Count > 0:
			count := float64(list.value.Count)
			j.Broken(protocol.Violation{
				Invariant: underReplicated, Entity: string(r.check), Value: &count, Threshold: new(0.0), Unit: "regions",
				Message: fmt.Sprintf("%d regions: %s", list.value.Count, exampleRegions(list.value)),
			})
		case why != "":
			doubts = append(doubts, doubt{string(r.check), source, "PD counts none, but: " + why})
		}
	}
	if len(doubts) == len(replication) {
		j.Unknown(underReplicated, "", doubts[0].source, doubts[0].reason)
		return
	}
	for _, d := range doubts {
		j.Unknown(underReplicated, d.check, d.source, d.reason)
	}
	j.Checked(underReplicated)
}

// leaderless is how many regions have no leader that PD knows of.
func (g *gathering) leaderless() int64 { return g.stats.value.Count - g.stats.value.Leaders() }

// unreported says why what PD knows of the regions is not the whole truth now;
// why is empty if it is. A PD that has just begun to lead has been told of
// nothing. Later it believes the last that it heard: a region which has lost
// most of its stores never reports that it has no leader any more, so a leader
// on a store that does not heartbeat is PD's memory and no fact.
func (g *gathering) unreported() (source, why string) {
	if miss := g.stats.miss; miss != nil {
		return miss.Blame()
	}
	stats := g.stats.value
	switch without := g.leaderless(); {
	case stats.Count == 0:
		// A bootstrapped cluster has at least one region.
		return sourceStats, "PD has been told of no region yet"
	case without == stats.Count:
		return sourceStats, fmt.Sprintf("PD knows the leader of none of %d regions: it leads anew and none has reported yet, or no store is left", stats.Count)
	case without > 0:
		return sourceStats, fmt.Sprintf("%d of %d regions have no leader that could report", without, stats.Count)
	}
	if miss := g.stores.miss; miss != nil {
		return miss.Source, "whether the stores that lead regions are alive is not known: " + miss.Message
	}
	silent, regions := g.silentLeaders()
	if len(silent) == 0 {
		return "", ""
	}
	return sourceStats, fmt.Sprintf("the last that PD heard is that %d regions are led by stores that are silent now: %s", regions, strings.Join(silent, ", "))
}

// silentLeaders are the stores that lead regions, by PD, and do not heartbeat,
// a few of them by name, and how many regions those are.
func (g *gathering) silentLeaders() (names []string, regions int64) {
	heard := make(map[uint64]bool)
	states := make(map[uint64]string)
	for _, st := range g.stores.value {
		states[st.ID] = st.State
		heard[st.ID] = st.State == pd.StateUp || st.State == pd.StateOffline && !st.PhysicallyDestroyed
	}
	var silent []uint64
	for id, leaders := range g.stats.value.StoreLeaderCount {
		if leaders > 0 && !heard[id] {
			silent = append(silent, id)
			regions += leaders
		}
	}
	slices.Sort(silent)
	for i, id := range silent {
		if i == samples {
			return append(names, "..."), regions
		}
		state, known := states[id]
		if !known {
			state = "unknown to PD"
		}
		names = append(names, fmt.Sprintf("%d (%s)", id, failure.Line(state)))
	}
	return names, regions
}

func exampleRegions(list pd.RegionList) string {
	ids := make([]string, len(list.Regions))
	for i, r := range list.Regions {
		ids[i] = text(r.ID)
	}
	if list.Count > len(ids) {
		ids = append(ids, "...")
	}
	return strings.Join(ids, ", ")
}
