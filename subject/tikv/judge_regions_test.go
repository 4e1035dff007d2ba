package tikv

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// leading sets how many regions PD says that each store leads, from store 1 on.
func leading(count int64, leaders ...int64) func(g *gathering) {
	return func(g *gathering) {
		g.stats.value.Count, g.stats.value.StoreLeaderCount = count, make(map[uint64]int64)
		for i, n := range leaders {
			g.stats.value.StoreLeaderCount[uint64(i+1)] = n
		}
	}
}

// unreplicated is what is said of all three checks when PD counts none and that
// means nothing.
func unreplicated(why string) []string {
	const none = ": PD counts none, but: "
	return []string{
		"unknown under_replicated " + why[:len("(pd/stats)")] + none + why[len("(pd/stats): "):],
	}
}

func TestJudgeLeaders(t *testing.T) {
	const (
		anew   = "(pd/stats): PD knows the leader of none of 30 regions: it leads anew and none has reported yet, or no store is left"
		none   = "(pd/stats): PD has been told of no region yet"
		silent = "(pd/stats): the last that PD heard is that "
	)
	runJudgements(t, map[string]judgement{
		"One": {
			reason: "counted from the statistics; and what it would report is not known", change: leading(30, 10, 10, 9),
			want: append([]string{"broken region_without_leader: 1 of 30 regions have no leader"}, unreplicated("(pd/stats): 1 of 30 regions have no leader that could report")...),
		},
		"None": {
			reason: "PD has the regions on disk, and the leaders by their reports only", change: leading(30),
			want: append(append([]string{"unknown region_without_leader " + anew}, unreplicated(anew)...),
				"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any"),
		},
		"NoRegion": {
			reason: "nothing counted is nothing known", change: leading(0),
			want: append(append([]string{"unknown region_without_leader " + none}, unreplicated(none)...),
				"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any"),
		},
		"HalfReported": {
			reason: "a PD that leads anew is told of one region after the other", change: leading(30, 5, 4, 5),
			want: append(append([]string{"broken region_without_leader: 16 of 30 regions have no leader"}, unreplicated("(pd/stats): 16 of 30 regions have no leader that could report")...),
				"unknown leader_imbalance (pd/stats): PD knows the leaders of only 14 of 30 regions"),
		},
		"LedByTheDead": {
			reason: "most of these regions' stores are gone, and PD repeats what it heard last",
			change: func(g *gathering) { g.store(1).State, g.store(3).State = pd.StateDown, pd.StateDisconnected },
			want: append([]string{
				`broken store_down 1: "tikv-1:20160" is Down; its last heartbeat was 3s ago`,
				`broken store_down 3: "tikv-3:20160" is Disconnected; its last heartbeat was 3s ago`,
				"unknown region_without_leader " + silent + "20 regions are led by stores that are silent now: 1 (Down), 3 (Disconnected)",
			}, unreplicated(silent+"20 regions are led by stores that are silent now: 1 (Down), 3 (Disconnected)")...),
		},
		"LedByTheUnknown": {
			reason: "a store that is not in PD's list is not known to live", change: leading(30, 10, 10, 9, 1),
			want: append([]string{"unknown region_without_leader " + silent + "1 regions are led by stores that are silent now: 4 (unknown to PD)"},
				unreplicated(silent+"1 regions are led by stores that are silent now: 4 (unknown to PD)")...),
		},
		"LedByTheDestroyed": {
			reason: "whoever removed it said that it will not come back", config: configured(`"stores": {"removing": ["1"]}`),
			change: func(g *gathering) { g.store(1).State, g.store(1).PhysicallyDestroyed = pd.StateOffline, true },
			want: append([]string{"unknown region_without_leader " + silent + "10 regions are led by stores that are silent now: 1 (Offline)"},
				unreplicated(silent+"10 regions are led by stores that are silent now: 1 (Offline)")...),
		},
		"LedByTheDraining": {
			reason: "it serves until it is drained", config: configured(`"stores": {"removing": ["1"]}`),
			change: func(g *gathering) { g.store(1).State = pd.StateOffline },
		},
	})
}

func TestJudgeReplication(t *testing.T) {
	found := func(check pd.Check, count int, ids ...uint64) func(g *gathering) {
		return func(g *gathering) {
			list := pd.RegionList{Count: count}
			for _, id := range ids {
				list.Regions = append(list.Regions, pd.Region{ID: id})
			}
			g.checks[check] = answer[pd.RegionList]{value: list}
		}
	}
	runJudgements(t, map[string]judgement{
		"MissPeer":    {reason: "each check by itself", change: found(pd.CheckMissPeer, 1, 52), want: []string{"broken under_replicated miss-peer: 1 regions: 52"}},
		"DownPeer":    {reason: "with a few examples", change: found(pd.CheckDownPeer, 7, 1, 2, 3, 4, 5), want: []string{"broken under_replicated down-peer: 7 regions: 1, 2, 3, 4, 5, ..."}},
		"PendingPeer": {reason: "each check by itself", change: found(pd.CheckPendingPeer, 2, 8, 9), want: []string{"broken under_replicated pending-peer: 2 regions: 8, 9"}},
		"WithoutStats": {
			reason: "what was counted is there, whoever else is lost",
			change: func(g *gathering) { found(pd.CheckDownPeer, 1, 52)(g); g.lose(sourceStats, "timeout") },
			want: []string{
				"broken under_replicated down-peer: 1 regions: 52",
				"unknown region_without_leader (pd/stats): pd/stats is timeout",
				"unknown under_replicated miss-peer (pd/stats): PD counts none, but: pd/stats is timeout",
				"unknown under_replicated pending-peer (pd/stats): PD counts none, but: pd/stats is timeout",
				"unknown leader_imbalance (pd/stats): pd/stats is timeout",
			},
		},
	})
}

func TestJudgeBalance(t *testing.T) {
	weight := func(weights ...float64) func(g *gathering) {
		return func(g *gathering) {
			for i, w := range weights {
				g.stores.value[i].LeaderWeight = w
			}
		}
	}
	both := func(changes ...func(g *gathering)) func(g *gathering) {
		return func(g *gathering) {
			for _, change := range changes {
				change(g)
			}
		}
	}
	evicting := func(ids ...uint64) func(g *gathering) { return func(g *gathering) { g.evicting.value = ids } }
	runJudgements(t, map[string]judgement{
		"AtTheBound":   {reason: "100 * 1.5 + 10", change: leading(300, 160, 70, 70)},
		"OverTheBound": {reason: "one more", change: leading(300, 161, 70, 69), want: []string{"broken leader_imbalance 1: it has 161 leaders, its fair share is 100"}},
		"Configured": {
			reason: "tolerance and slack may be 0", change: leading(300, 101, 100, 99), config: configured(`"invariants": {"leader_imbalance": {"tolerance": 0, "slack": 0}}`),
			want: []string{"broken leader_imbalance 1: it has 101 leaders, its fair share is 100"},
		},
		"ByWeight":  {reason: "a store of twice the weight leads twice as many", change: both(leading(400, 200, 100, 100), weight(2, 1, 1))},
		"NoWeight":  {reason: "a store of weight 0 is to lead none, and the slack is for it too", change: both(leading(30, 11, 10, 9), weight(0, 1, 1)), want: []string{"broken leader_imbalance 1: it has 11 leaders, its fair share is 0"}},
		"NoWeights": {reason: "nobody's share can be told", change: weight(0, 0, 0), want: []string{"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any"}},
		"Evicting":  {reason: "a store that leaders are moved off is no measure for others", change: both(leading(300, 0, 150, 150), evicting(1))},
		"EvictingNotYet": {
			reason: "and may have as many as it likes until they are moved", change: both(leading(300, 300), evicting(1)),
			want: []string{"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any"},
		},
		"EvictingAll": {
			reason: "there is no store that may lead", change: evicting(1, 2, 3),
			want: []string{"unknown leader_imbalance (pd/stats): no store that may have leaders is known to have any"},
		},
		"Down": {
			reason: "nor is one that is down", change: both(leading(300, 0, 150, 150), func(g *gathering) { g.store(1).State = pd.StateDown }),
			want: []string{`broken store_down 1: "tikv-1:20160" is Down; its last heartbeat was 3s ago`},
		},
		"TiFlash": {
			reason: "a store of learners only never leads", change: both(leading(300, 0, 150, 150), func(g *gathering) {
				g.store(1).Labels = map[string]string{"engine": "tiflash"}
			}),
		},
	})
}
