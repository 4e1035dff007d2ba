package ratelimiter

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// everything is a configuration with all three systems. Opening it contacts
// none of them.
const everything = `{
	"management": {"urls": ["http://127.0.0.1:1"]},
	"redis": {"url": "redis://127.0.0.1:1"},
	"prometheus": {"url": "http://127.0.0.1:1"}
}`

// open opens the subject until the test ends.
func open(t testing.TB, config string) *Subject {
	t.Helper()
	def, err := Definition()
	if err != nil {
		t.Fatalf("Definition: %v", err)
	}
	subject, err := def.Open(t.Context(), json.RawMessage(config))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	s := subject.(*Subject)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// began is when hand-made observations began.
var began = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

// well is a gathering of which every invariant holds: three nodes, two counters
// by the default limit of 10 a minute and one by its own of 100 a second.
func well() *gathering {
	g := &gathering{now: began, window: time.Minute, health: make(map[string]probe)}
	for _, id := range []string{"node-1", "node-2", "node-3"} {
		address := id + ":8080"
		g.nodes.value = append(g.nodes.value, ratelimiter.Node{ID: id, Address: address, State: "Up"})
		g.health[id] = probe{address: address, conclusive: true}
		g.latency.value = append(g.latency.value, prometheus.NodeLatency{Node: id, Instance: address, P99MS: 2, Present: true})
	}
	g.limits.value = ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60_000}
	g.listed.value = []ratelimiter.Counter{
		{Key: "a", Count: 5, Limit: 10, Remaining: 5},
		{Key: "b", Count: 3, Limit: 10, Remaining: 7},
		{Key: "own", Count: 60, Limit: 100, Remaining: 40},
	}
	g.swept.value = leg{whole: true, known: true, rule: new(g.limits.value), Counters: []redis.Counter{
		stored("a", 5), stored("b", 3),
		{
			Key: "own", Present: true, Count: 60, InForce: 60, Window: time.Second, Expiry: time.Second,
			Own: &redis.Limit{Limit: 100, Window: time.Second},
		},
	}}
	g.labelled.value = labelling{labelled: true, present: true}
	g.allowed = allowances{
		asked:  map[string]time.Duration{"a": time.Minute, "b": time.Minute, "own": time.Second},
		counts: map[string]float64{"a": 5, "b": 3, "own": 60},
	}
	g.past.reached = true
	return g
}

// stored is a counter in Redis by the default limit.
func stored(key string, count int64) redis.Counter {
	return redis.Counter{Key: key, Present: true, Count: count, InForce: count, Window: time.Minute, Expiry: time.Minute}
}

// missOf is what a reading of a source comes to that went as class says.
func missOf(source string, class protocol.SourceClass) *kit.Miss {
	m := &kit.Miss{Source: source, Class: class, Message: source + " is " + string(class)}
	classes := map[protocol.SourceClass]failure.Class{
		protocol.SourceUnreachable: failure.Unreachable,
		protocol.SourceTimeout:     failure.Timeout,
		protocol.SourceDeadline:    failure.Timeout,
		protocol.SourceRefused:     failure.Rejected,
		protocol.SourceFailing:     failure.Failing,
		protocol.SourceMalformed:   failure.Malformed,
	}
	if asked, ok := classes[class]; ok {
		m.Err = &failure.Error{Op: "GET /", Class: asked}
	}
	return m
}

// lose makes a source of the gathering unread, and its value with it.
func (g *gathering) lose(source string, class protocol.SourceClass) {
	miss := missOf(source, class)
	switch source {
	case sourceNodes:
		g.nodes = answer[[]ratelimiter.Node]{miss: miss}
	case sourceCounters:
		g.listed = answer[[]ratelimiter.Counter]{miss: miss}
	case sourceLimits:
		g.limits = answer[ratelimiter.Limits]{miss: miss}
	case sourceBlocks:
		g.blocks = answer[[]ratelimiter.Block]{miss: miss}
	case sourceHealth:
		for id, p := range g.health {
			p.err, p.conclusive = miss, miss.Silent() || miss.Err != nil && ratelimiter.Answered(miss.Err)
			g.health[id] = p
		}
	case sourcePing:
		g.ping = answer[struct{}]{miss: miss}
	case sourceStored:
		g.swept = answer[leg]{miss: miss}
	case sourceLatency:
		g.latency = answer[[]prometheus.NodeLatency]{miss: miss}
	case sourceLabels:
		g.labelled = answer[labelling]{miss: miss}
	case sourceAllowed:
		g.allowed = allowances{miss: miss}
	default:
		panic("no such source: " + source)
	}
}

// judged is what the judges make of a gathering, as an observation.
func judged(s *Subject, g *gathering) protocol.Observation {
	g.collect(answer[[]redis.Counter]{})
	g.ranked = g.worstFirst()
	j := kit.NewJudge(s.def.Invariants, s.cfg.ListSize)
	s.judge(j, g)
	var o protocol.Observation
	o.Violations, o.Unchecked = j.Verdicts()
	return o
}

// verdicts renders an observation's verdicts, one a line, held ones left out:
// "broken over_limit a: message", "unknown over_limit a (source): reason".
func verdicts(o protocol.Observation) []string {
	lines := []string{}
	for _, v := range o.Violations {
		lines = append(lines, strings.TrimSpace("broken "+v.Invariant+" "+short(v.Entity))+": "+v.Message)
	}
	for _, u := range o.Unchecked {
		line := strings.TrimSpace("unknown " + u.Invariant + " " + short(u.Entity))
		if u.Source != "" {
			line += " (" + u.Source + ")"
		}
		lines = append(lines, line+": "+u.Reason)
	}
	return lines
}

// short is an entity as a failed test shows it.
func short(entity string) string {
	if len(entity) < 100 {
		return entity
	}
	return fmt.Sprintf("%.20s... (%d bytes)", entity, len(entity))
}
