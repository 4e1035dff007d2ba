package ratelimiter

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// allowances are the requests that Prometheus saw allowed.
type allowances struct {
	asked  map[string]time.Duration // by key: over which window
	counts map[string]float64       // by key; a key that has none is absent
	// partial says that the server warned: counts are lower bounds.
	partial bool
	miss    *kit.Miss
}

// maxAllowedQueries bounds the queries of one reading: one for each window that
// keys have, and for each 250 keys of it.
const maxAllowedQueries = 8

// readAllowed asks Prometheus how many requests were allowed for keys, each in
// its window.
func (s *Subject) readAllowed(round *kit.Round, keys []keyRule) *kit.Reading[allowances] {
	if s.clients.prometheus == nil {
		return kit.NotRead[allowances](round, sourceAllowed, protocol.SourceNotConfigured, noPrometheus)
	}
	batches := allowedBatches(keys)
	if len(batches) == 0 {
		return kit.Given(allowances{})
	}
	return kit.Read(round, sourceAllowed, s.cfg.Prometheus.Timeout.Std(), func(ctx context.Context) (allowances, error) {
		var warnings prometheus.Warnings
		ctx = prometheus.WithWarnings(ctx, &warnings)
		a := allowances{asked: make(map[string]time.Duration), counts: make(map[string]float64)}
		var mu sync.Mutex
		var wg sync.WaitGroup
		var failed error
		for _, b := range batches {
			wg.Go(func() {
				counts, err := s.clients.prometheus.AllowedByKey(ctx, b.keys, b.window)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = err
					return
				}
				for _, key := range b.keys {
					a.asked[key] = b.window
				}
				maps.Copy(a.counts, counts)
			})
		}
		wg.Wait()
		a.partial = len(warnings.List()) > 0
		return a, failed
	})
}

type allowedBatch struct {
	window time.Duration
	keys   []string
}

func allowedBatches(keys []keyRule) []allowedBatch {
	byWindow := make(map[time.Duration][]string)
	var windows []time.Duration // in the order of the keys: the worst first
	for _, k := range keys {
		if _, ok := byWindow[k.window]; !ok {
			windows = append(windows, k.window)
		}
		byWindow[k.window] = append(byWindow[k.window], k.key)
	}
	var batches []allowedBatch
	for _, w := range windows {
		for batch := range prometheus.KeyBatches(byWindow[w]) {
			if len(batches) == maxAllowedQueries {
				return batches
			}
			batches = append(batches, allowedBatch{w, slices.Clone(batch)})
		}
	}
	return batches
}

// worthAsking returns the keys whose allowed requests are asked for: as many as
// one query takes, those most used first.
func (s *Subject) worthAsking(g *gathering) []keyRule {
	if s.clients.prometheus == nil {
		return nil
	}
	var keys []keyRule
	for _, c := range g.ranked {
		if len(keys) == prometheus.MaxKeys {
			break
		}
		if g.askingDoubt(c) == nil {
			limit, _ := g.limit(c)
			keys = append(keys, keyRule{c.key, limit, g.keyWindow(c)})
		}
	}
	return keys
}

// unasked returns the keys that the hints do not cover.
func unasked(keys, hinted []keyRule) []keyRule {
	covered := make(map[string]time.Duration, len(hinted))
	for _, k := range hinted {
		covered[k.key] = k.window
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k keyRule) bool { return covered[k.key] == k.window })
}

// merge puts the two rounds of asking together, for the keys that are wanted.
func merge(early, late answer[allowances], wanted []keyRule) allowances {
	a := allowances{
		asked: make(map[string]time.Duration), counts: make(map[string]float64),
		partial: early.value.partial || late.value.partial,
		miss:    early.miss,
	}
	if a.miss == nil {
		a.miss = late.miss
	}
	for _, k := range wanted {
		for _, from := range []allowances{late.value, early.value} {
			if from.asked[k.key] != k.window {
				continue
			}
			a.asked[k.key] = k.window
			if count, ok := from.counts[k.key]; ok {
				a.counts[k.key] = count
			}
			break
		}
	}
	return a
}
