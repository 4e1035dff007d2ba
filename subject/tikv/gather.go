package tikv

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// The names of the sources.
const (
	sourceStores   = "pd/stores"
	sourceStats    = "pd/stats"
	sourceMembers  = "pd/health"
	sourceEvicting = "pd/evicting"
	sourceMiss     = "pd/miss-peer"
	sourceDown     = "pd/down-peer"
	sourcePending  = "pd/pending-peer"
	sourceLatency  = "prometheus/latency"
	sourceCommands = "prometheus/commands"
	sourceSize     = "prometheus/size"
	sourceCPU      = "prometheus/cpu"
)

// answer is a source's value, or why there is none.
type answer[T any] struct {
	value T
	miss  *kit.Miss
}

func await[T any](r *kit.Reading[T]) answer[T] {
	value, miss := r.Wait()
	return answer[T]{value, miss}
}

// gathering is everything that one observation has read.
type gathering struct {
	now  time.Time
	gone map[uint64]time.Time // stores that PD no longer knows

	stores   answer[[]pd.Store] // tombstones included
	stats    answer[pd.RegionStats]
	members  answer[[]MemberState]
	evicting answer[[]uint64]
	checks   map[pd.Check]answer[pd.RegionList]

	latency  answer[byInstance] // ms
	commands answer[byInstance] // per second
	cpu      answer[byInstance] // cores
	size     answer[map[string]byInstance]
}

// replication are the checks that under_replicated stands on.
var replication = []struct {
	check  pd.Check
	source string
}{
	{pd.CheckMissPeer, sourceMiss},
	{pd.CheckDownPeer, sourceDown},
	{pd.CheckPendingPeer, sourcePending},
}

// samples is how many regions of a check are kept as examples.
const samples = 5

// gather reads all sources at the same time. None needs to know what another
// says.
func (s *Subject) gather(round *kit.Round) *gathering {
	g := &gathering{now: round.Started(), checks: make(map[pd.Check]answer[pd.RegionList])}
	timeout := s.cfg.PD.Timeout.Std()

	stores := kit.Read(round, sourceStores, timeout, func(ctx context.Context) ([]pd.Store, error) {
		return s.pd.Stores(ctx, pd.LifecycleUp, pd.LifecycleOffline, pd.LifecycleTombstone)
	})
	stats := kit.Read(round, sourceStats, timeout, s.regionStats)
	members := kit.Read(round, sourceMembers, timeout, s.members)
	evicting := kit.Read(round, sourceEvicting, timeout, s.pd.EvictLeaderStores)
	checks := make(map[pd.Check]*kit.Reading[pd.RegionList])
	for _, r := range replication {
		checks[r.check] = kit.Read(round, r.source, timeout, func(ctx context.Context) (pd.RegionList, error) {
			return s.pd.Check(ctx, r.check, samples)
		})
	}
	latency := readMetric(s, round, sourceLatency, s.latencies)
	commands := readMetric(s, round, sourceCommands, s.rates(metricCommands))
	cpu := readMetric(s, round, sourceCPU, s.rates(metricCPU))
	size := readMetric(s, round, sourceSize, s.sizes)

	g.stores, g.stats, g.members, g.evicting = await(stores), await(stats), await(members), await(evicting)
	for check, reading := range checks {
		g.checks[check] = await(reading)
	}
	g.latency, g.commands, g.cpu, g.size = await(latency), await(commands), await(cpu), await(size)
	return g
}

// regionStats reads the sums over all regions, and takes none that cannot be.
func (s *Subject) regionStats(ctx context.Context) (pd.RegionStats, error) {
	stats, err := s.pd.RegionStats(ctx)
	if err == nil && (stats.Leaders() < 0 || stats.Leaders() > stats.Count) {
		return pd.RegionStats{}, malformed("GET /stats/region", fmt.Sprintf("%d leaders of %d regions", stats.Leaders(), stats.Count))
	}
	return stats, err
}

// readMetric reads from Prometheus, where there is one.
func readMetric[T any](s *Subject, round *kit.Round, source string, query func(context.Context) (T, error)) *kit.Reading[T] {
	if s.prometheus == nil {
		return kit.NotRead[T](round, source, protocol.SourceNotConfigured, "no prometheus is configured")
	}
	return kit.Read(round, source, s.cfg.Prometheus.Timeout.Std(), query)
}
