package ratelimiter

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestJudgeGhosts(t *testing.T) {
	allowed := func(n float64) func(*gathering) {
		return func(g *gathering) { g.allowed.counts["a"] = n }
	}
	runJudgements(t, map[string]judgement{
		"Tolerated": {reason: "twice the limit and five", change: allowed(25), want: []string{}},
		"Beyond": {
			reason: "more than tolerated", change: allowed(25.6),
			want: []string{"broken ghost_allowing a: about 26 requests were allowed in the last 1m, its limit is 10"},
		},
		"OwnWindow": {
			reason: "by its own limit, in its own window",
			change: func(g *gathering) { g.allowed.counts["own"] = 206 },
			want:   []string{"broken ghost_allowing own: about 206 requests were allowed in the last 1s, its limit is 100"},
		},
		"LimitZeroAndRemaining": {
			reason: "the API alone convicts, whatever Prometheus says",
			change: func(g *gathering) {
				g.lose(sourceLabels, protocol.SourceTimeout)
				g.listed.value[0].Limit, g.listed.value[0].Remaining, g.listed.value[0].Count = 0, 4, 0
				g.swept.value.Counters[0].InForce = 0
			},
			want: []string{
				"broken ghost_allowing a: its limit is 0, and by the API it may make 4 requests more",
				"unknown ghost_allowing (prometheus/labels): prometheus/labels is timeout",
			},
		},
		"NoCount": {
			reason: "no count is not 0",
			change: func(g *gathering) { delete(g.allowed.counts, "a") },
			want:   []string{"unknown ghost_allowing a (prometheus/allowed): Prometheus has no count yet of what was allowed in the last 1m"},
		},
		"Partial": {
			reason: "a partial sum is a lower bound: it can convict, and acquits nobody",
			change: func(g *gathering) {
				g.allowed.partial = true
				g.allowed.counts["a"] = 26
			},
			want: []string{
				"broken ghost_allowing a: about 26 requests were allowed in the last 1m, its limit is 10",
				"unknown ghost_allowing b (prometheus/allowed): Prometheus warned that its answer is not complete",
				"unknown ghost_allowing own (prometheus/allowed): Prometheus warned that its answer is not complete",
			},
		},
		"Settling": {
			reason: "its last window still shows how it was before",
			change: func(g *gathering) {
				g.past.settling = map[string]bool{"a": true}
				g.allowed.counts["a"] = 1000
			},
			want: []string{"unknown ghost_allowing a: it was reset, or its limit changed, less than a window ago"},
		},
		"NotAsked": {
			reason: "one query takes so many keys",
			change: func(g *gathering) { delete(g.allowed.asked, "b") },
			want:   []string{"unknown ghost_allowing (prometheus/allowed): Prometheus is asked for the 250 most used keys; 1 more were not judged"},
		},
		"NotAskable": {
			reason: "keys that no label can hold are unknown, each by its name",
			change: func(g *gathering) {
				g.swept.value.Counters = append(g.swept.value.Counters, stored("\xff", 1))
			},
			want: []string{
				`unknown ghost_allowing "\xff" (prometheus/allowed): no label can hold this key, so nobody counts what was allowed for it`,
				`unknown counter_drift "\xff" (management/counters): the API, whose JSON carries text only, lists this key as it lists others`,
			},
		},
		"NoCounters": {
			reason: "the limiter is not scraped",
			change: func(g *gathering) { g.labelled.value = labelling{} },
			want:   []string{"unknown ghost_allowing (prometheus/labels): Prometheus has no request counters of the limiter"},
		},
		"NoKeyLabels": {
			reason: "the recorded service counts no keys",
			change: func(g *gathering) { g.labelled.value.labelled = false },
			want:   []string{`unknown ghost_allowing (prometheus/labels): the request counters have no label "key", so nobody counts what was allowed for a key`},
		},
		"NoKeys": {
			reason: "Redis was read, and nobody has made a request",
			change: func(g *gathering) {
				g.listed.value, g.swept.value.Counters, g.allowed = nil, nil, allowances{}
			},
			want: []string{},
		},
	})
}
