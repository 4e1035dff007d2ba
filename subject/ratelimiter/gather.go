package ratelimiter

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// The names of the sources.
const (
	sourceNodes    = "management/nodes"
	sourceCounters = "management/counters"
	sourceLimits   = "management/limits"
	sourceBlocks   = "management/blocks"
	sourceHealth   = "health"
	sourcePing     = "redis/ping"
	sourceStored   = "redis/counters"
	sourceLatency  = "prometheus/latency"
	sourceLabels   = "prometheus/labels"
	sourceAllowed  = "prometheus/allowed"
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

// gathering is everything that one observation has read. The judges look at it
// and at nothing else.
type gathering struct {
	now time.Time

	nodes    answer[[]ratelimiter.Node]
	listed   answer[[]ratelimiter.Counter]
	limits   answer[ratelimiter.Limits]
	blocks   answer[[]ratelimiter.Block]
	health   map[string]probe // by ID, of registered nodes
	ping     answer[struct{}]
	swept    answer[leg]
	latency  answer[[]prometheus.NodeLatency]
	labelled answer[labelling]
	allowed  allowances

	// window is the default window that stored counts in force were counted
	// over.
	window   time.Duration
	counters counters
	garbled  map[string]bool      // what the API calls the keys of counters that are no text
	ranked   []*counter           // counters, worst first
	asked    []keyRule            // whose allowed requests were wanted
	drifts   map[string]driftCase // of keys whose counts differed at first sight
	past     past

	// marked are the keys that the judges did not find well for reasons that are
	// not in Redis.
	marked map[string]struct{}
}

// labelling is whether the request metrics know keys at all.
type labelling struct{ labelled, present bool }

// fallbackWindow counts what is stored where nobody tells the default window;
// such counts are not judged.
const fallbackWindow = time.Minute

// gather reads all sources: at once what the last observation suggests, then
// what this one turned out to need.
func (s *Subject) gather(round *kit.Round) *gathering {
	g := &gathering{now: round.Started(), health: make(map[string]probe)}
	hint := s.memory.hints()
	api, apiTimeout := s.clients.management, s.cfg.Management.Timeout.Std()

	nodes := kit.Read(round, sourceNodes, apiTimeout, api.Nodes)
	listed := kit.Read(round, sourceCounters, apiTimeout, api.Counters)
	limits := kit.Read(round, sourceLimits, apiTimeout, api.Limits)
	blocks := kit.Read(round, sourceBlocks, apiTimeout, api.Blocks)
	probes := s.probe(round, hint.nodes)
	ping := s.readPing(round)
	latency, labels := s.readMetrics(round)
	allowed := s.readAllowed(round, hint.keys)

	// How many requests are in force depends on the default window. Only as long
	// as nobody has ever told it is it waited for.
	if hint.limits == nil {
		if g.limits = await(limits); g.limits.miss == nil && g.limits.value.Window() > 0 {
			hint.limits = new(g.limits.value)
		}
	}
	if g.window = fallbackWindow; hint.limits != nil {
		g.window = hint.limits.Window()
	}
	swept := s.sweep(round, hint.limits, g.window)

	g.nodes, g.limits = await(nodes), await(limits)
	fresh := unprobed(g.nodes.value, hint.nodes)
	late := s.probe(round, fresh)

	g.listed, g.swept = await(listed), await(swept)
	g.collect(s.readStored(round, g.unread(), g.window))
	g.ranked = g.worstFirst()
	g.asked = s.worthAsking(g)
	lateAllowed := s.readAllowed(round, unasked(g.asked, hint.keys))
	s.confirmDrift(round, g)

	g.blocks, g.ping, g.latency, g.labelled = await(blocks), await(ping), await(latency), await(labels)
	reached := g.takeProbes(hint.nodes, await(probes))
	reached = g.takeProbes(fresh, await(late)) || reached
	g.allowed = merge(await(allowed), await(lateAllowed), g.asked)
	if len(hint.nodes)+len(g.nodes.value) == 0 {
		kit.NotRead[struct{}](round, sourceHealth, protocol.SourceSkipped, "no node is known that could be asked")
	}
	if s.clients.prometheus != nil && len(hint.keys)+len(g.asked) == 0 {
		kit.NotRead[struct{}](round, sourceAllowed, protocol.SourceSkipped, "no key is known that could be asked about")
	}
	g.past = s.memory.update(g, reached)
	return g
}

func (s *Subject) readPing(round *kit.Round) *kit.Reading[struct{}] {
	if s.clients.redis == nil {
		return kit.NotRead[struct{}](round, sourcePing, protocol.SourceNotConfigured, noRedis)
	}
	return kit.Read(round, sourcePing, s.cfg.Redis.Timeout.Std(), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.clients.redis.Ping(ctx)
	})
}

const noPrometheus = "no prometheus is configured"

func (s *Subject) readMetrics(round *kit.Round) (*kit.Reading[[]prometheus.NodeLatency], *kit.Reading[labelling]) {
	if s.clients.prometheus == nil {
		return kit.NotRead[[]prometheus.NodeLatency](round, sourceLatency, protocol.SourceNotConfigured, noPrometheus),
			kit.NotRead[labelling](round, sourceLabels, protocol.SourceNotConfigured, noPrometheus)
	}
	timeout := s.cfg.Prometheus.Timeout.Std()
	return kit.Read(round, sourceLatency, timeout, s.clients.prometheus.LatencyP99),
		kit.Read(round, sourceLabels, timeout, func(ctx context.Context) (labelling, error) {
			labelled, present, err := s.clients.prometheus.KeyLabelled(ctx)
			return labelling{labelled, present}, err
		})
}
