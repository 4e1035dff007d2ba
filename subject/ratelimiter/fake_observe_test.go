package ratelimiter

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// TestObserveAFake makes one thing of a limiter that is well odd, and says what
// is all that comes of it.
func TestObserveAFake(t *testing.T) {
	type verdictMap = map[string]protocol.Verdict
	type classes = map[string]protocol.SourceClass
	cases := map[string]struct {
		reason   string
		change   func(f *fake)
		config   map[string]any
		sources  classes    // that were not read
		unjudged verdictMap // that do not hold
		check    func(t *testing.T, st State)
	}{
		"Well": {
			reason: "the recorded answers, odd timestamps and keys included",
			check: func(t *testing.T, st State) {
				t.Helper()
				want := time.Date(2026, 11, 23, 13, 19, 16, 988086000, time.UTC)
				if got := st.Nodes[0].RegisteredAt; got == nil || !got.Equal(want) {
					t.Errorf("a time without a zone is UTC: got %v, want %v", got, want)
				}
				if *st.CountersTotal != 6 || st.Counters[0].Key != "user:2" || *st.Counters[0].Remaining != 0 {
					t.Errorf("counters %+v, want six, the fullest first", st.Counters)
				}
				if !*st.RedisConnected || !st.Sweep.Complete || *st.NodeMetrics["node-1"].LatencyP99MS != 2 || len(st.Blocks) != 1 {
					t.Errorf("state %+v", st)
				}
			},
		},
		"BlocksFail": {
			reason:  "the recorded service cannot tell what is blocked as soon as a key has its own limit",
			change:  func(f *fake) { f.on("GET /api/blocks", replay(f.t, "blocks-after-custom-limit")) },
			sources: classes{sourceBlocks: protocol.SourceFailing},
			check: func(t *testing.T, st State) {
				t.Helper()
				if st.Blocks != nil || st.BlocksTotal != nil {
					t.Error("no list was read, and one is in the state")
				}
			},
		},
		"NodesFail": {
			reason:   "the registry cannot be read; what needs no registry is judged",
			change:   func(f *fake) { f.on("GET /api/nodes", replay(f.t, "nodes-redis-down")) },
			sources:  classes{sourceNodes: protocol.SourceFailing, sourceHealth: protocol.SourceSkipped},
			unjudged: verdictMap{nodeDown: protocol.Unknown, nodeUnreachable: protocol.Unknown, highLatency: protocol.Unknown},
		},
		"NullTimestamp": {
			reason: "a node that does not know since when it is registered",
			change: func(f *fake) {
				f.on("GET /api/nodes", answerWith(200, fmt.Sprintf(`{"nodes":[{"id":"node-1","address":%q,"state":"Up","registered_at":null}]}`, f.address(0))))
			},
			check: func(t *testing.T, st State) {
				t.Helper()
				if st.Nodes[0].RegisteredAt != nil {
					t.Errorf("registered at %v, want null", st.Nodes[0].RegisteredAt)
				}
			},
		},
		"MetricsWithoutLabels": {
			reason: "without node_id and key the scraped address tells nodes apart, and nobody counts by key",
			change: func(f *fake) {
				f.metric("count(", sample(map[string]string{"series": "without_key"}, 2))
				f.metric("increase(")
				latency := []string{}
				for i := range f.nodes {
					latency = append(latency, sample(map[string]string{"instance": f.address(i)}, float64(2+100*i)))
				}
				f.metric("histogram_quantile(", latency...)
			},
			unjudged: verdictMap{highLatency: protocol.Broken, ghostAllowing: protocol.Unknown},
			check: func(t *testing.T, st State) {
				t.Helper()
				if *st.NodeMetrics["node-1"].LatencyP99MS != 2 || *st.NodeMetrics["node-3"].LatencyP99MS != 202 {
					t.Errorf("node metrics %+v, want them by node", st.NodeMetrics)
				}
			},
		},
		"MetricsOfOtherAddresses": {
			reason: "scraped under addresses that no node registered: not known to be of a node",
			change: func(f *fake) {
				f.metric("histogram_quantile(", sample(map[string]string{"instance": "limiter-0.internal:9100"}, 3))
			},
			unjudged: verdictMap{highLatency: protocol.Unknown},
		},
		"LimitZero": {
			reason: "a key with limit 0 that the API would still allow",
			change: func(f *fake) {
				f.on("GET /api/counters", answerWith(200, `{"counters":[{"key":"user:1","count":3,"limit":0,"remaining":7}]}`))
				for _, key := range []string{"user:2", "user:3", "ключ", `key"quote`, "api:gold tier"} {
					f.rdb.Del(f.t.Context(), "ratelimit:"+key)
				}
				f.metric("increase(", sample(map[string]string{"key": "user:1"}, 3))
			},
			unjudged: verdictMap{ghostAllowing: protocol.Broken, overLimit: protocol.Broken},
		},
		"ListOf99": {
			reason: "fewer than the API lists at most: that is all there are",
			change: func(f *fake) { f.manyCounters(99) },
		},
		"ListOf100": {
			reason:   "as many as the API lists at most: there may be more that it does not tell of, but Redis does",
			change:   func(f *fake) { f.manyCounters(100) },
			unjudged: verdictMap{counterDrift: protocol.Unknown},
			check: func(t *testing.T, st State) {
				t.Helper()
				if *st.CountersTotal != 100 || st.CountersTruncated {
					t.Errorf("%d counters, truncated %t; want 100", *st.CountersTotal, st.CountersTruncated)
				}
			},
		},
		"LyingAPI": {
			reason: "a node that reads another Redis lists other counters: this key at 10, the others not at all",
			change: func(f *fake) {
				f.fill("user:1", 20)
				f.on("GET /api/counters", answerWith(200, `{"counters":[{"key":"user:1","count":10,"limit":10,"remaining":0}]}`))
			},
			unjudged: verdictMap{counterDrift: protocol.Broken, overLimit: protocol.Broken},
		},
		"LiveTraffic": {
			reason: "50 requests between the reads, and more while they are compared",
			change: func(f *fake) { f.liveTraffic("user:3") },
			// The traffic is real, so is the violation.
			unjudged: verdictMap{overLimit: protocol.Broken},
		},
		"WithoutRedis": {
			reason:  "what only Redis knows is unknown, and why",
			config:  map[string]any{"redis": nil},
			sources: classes{sourcePing: protocol.SourceNotConfigured, sourceStored: protocol.SourceNotConfigured, sourceAllowed: protocol.SourceSkipped},
			unjudged: verdictMap{
				redisDisconnected: protocol.Unknown, counterDrift: protocol.Unknown, staleCounter: protocol.Unknown, ghostAllowing: protocol.Unknown,
			},
		},
		"WithoutPrometheus": {
			reason: "what only Prometheus knows is unknown",
			config: map[string]any{"prometheus": nil},
			sources: classes{
				sourceLatency: protocol.SourceNotConfigured, sourceLabels: protocol.SourceNotConfigured, sourceAllowed: protocol.SourceNotConfigured,
			},
			unjudged: verdictMap{metricsUnavailable: protocol.Unknown, highLatency: protocol.Unknown, ghostAllowing: protocol.Unknown},
		},
		"ManagementAlone": {
			reason: "limits and nodes are still judged",
			config: map[string]any{"redis": nil, "prometheus": nil},
			sources: classes{
				sourcePing: protocol.SourceNotConfigured, sourceStored: protocol.SourceNotConfigured,
				sourceLatency: protocol.SourceNotConfigured, sourceLabels: protocol.SourceNotConfigured, sourceAllowed: protocol.SourceNotConfigured,
			},
			unjudged: verdictMap{
				redisDisconnected: protocol.Unknown, counterDrift: protocol.Unknown, staleCounter: protocol.Unknown,
				metricsUnavailable: protocol.Unknown, highLatency: protocol.Unknown, ghostAllowing: protocol.Unknown,
			},
		},
		"OverTheLimitByTheAPI": {
			reason:   "recorded after a limit was lowered; the API is all that is configured",
			config:   map[string]any{"redis": nil, "prometheus": nil},
			change:   func(f *fake) { f.on("GET /api/counters", replay(f.t, "counters-over-limit")) },
			sources:  classes{sourcePing: protocol.SourceNotConfigured, sourceStored: protocol.SourceNotConfigured, sourceLatency: protocol.SourceNotConfigured, sourceLabels: protocol.SourceNotConfigured, sourceAllowed: protocol.SourceNotConfigured},
			unjudged: verdictMap{overLimit: protocol.Broken, redisDisconnected: protocol.Unknown, counterDrift: protocol.Unknown, staleCounter: protocol.Unknown, metricsUnavailable: protocol.Unknown, highLatency: protocol.Unknown, ghostAllowing: protocol.Unknown},
		},
		"PrometheusRefuses": {
			reason: "it is there, and does not let us in: neither gone nor well",
			change: func(f *fake) {
				f.prom.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
			},
			sources:  classes{sourceLatency: protocol.SourceRefused, sourceLabels: protocol.SourceRefused, sourceAllowed: protocol.SourceRefused},
			unjudged: verdictMap{metricsUnavailable: protocol.Unknown, highLatency: protocol.Unknown, ghostAllowing: protocol.Unknown},
		},
		"RedisRefuses": {
			reason:  "it is there, and our password is wrong: nothing is said of the limiter's",
			change:  func(f *fake) { f.rdb.ConfigSet(f.t.Context(), "requirepass", "other") },
			sources: classes{sourcePing: protocol.SourceRefused, sourceStored: protocol.SourceRefused, sourceAllowed: protocol.SourceSkipped},
			unjudged: verdictMap{
				redisDisconnected: protocol.Unknown, overLimit: protocol.Unknown, counterDrift: protocol.Unknown,
				staleCounter: protocol.Unknown, ghostAllowing: protocol.Unknown,
			},
		},
		"AddressUsedAgain": {
			reason:   "another node answers at the address of node-2",
			change:   func(f *fake) { f.on("GET /health", replay(f.t, "health")) },
			unjudged: verdictMap{nodeUnreachable: protocol.Unknown},
		},
		"NotACounter": {
			reason: "something else has a counter's name: that key is unknown, or no key at all",
			change: func(f *fake) {
				f.rdb.Set(f.t.Context(), "ratelimit:text", "x", 0)
				f.rdb.HSet(f.t.Context(), "ratelimit:limit:user:1", "limit", "many", "window_ms", "1000")
				f.rdb.Del(f.t.Context(), "ratelimit:user:3", "ratelimit:ключ", `ratelimit:key"quote`, "ratelimit:api:gold tier")
				f.on("GET /api/counters", answerWith(200, `{"counters":[{"key":"user:1","count":3,"limit":10,"remaining":7},{"key":"user:2","count":10,"limit":10,"remaining":0}]}`))
				f.metric("increase(", sample(map[string]string{"key": "user:2"}, 10))
			},
			unjudged: verdictMap{overLimit: protocol.Unknown, counterDrift: protocol.Unknown, staleCounter: protocol.Unknown, ghostAllowing: protocol.Unknown},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if tc.change != nil {
				tc.change(f)
			}
			s := open(t, f.config(tc.config))
			o := observe(t, s)
			if tc.sources == nil {
				tc.sources = classes{}
			}
			if tc.unjudged == nil {
				tc.unjudged = verdictMap{}
			}
			if diff := cmp.Diff(tc.sources, notOK(o)); diff != "" {
				t.Errorf("%s: sources: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.unjudged, unjudged(o)); diff != "" {
				t.Errorf("%s: verdicts: -want +got:\n%s", tc.reason, diff)
			}
			if tc.check != nil {
				tc.check(t, stateOf(t, o))
			}
			if t.Failed() {
				t.Log(o.Summary)
				for _, line := range verdicts(o) {
					t.Log(line)
				}
			}
		})
	}
}

// manyCounters makes n counters in place of those there are, in Redis, in the
// API's list and in Prometheus.
func (f *fake) manyCounters(n int) {
	f.rdb.FlushAll(f.t.Context())
	listed, allowed := []string{}, []string{}
	for i := range n {
		key := fmt.Sprintf("key-%03d", i)
		f.fill(key, 1)
		listed = append(listed, fmt.Sprintf(`{"key":%q,"count":1,"limit":10,"remaining":9}`, key))
		allowed = append(allowed, sample(map[string]string{"key": key}, 1))
	}
	f.on("GET /api/counters", answerWith(200, `{"counters":[`+strings.Join(listed, ",")+`]}`))
	f.metric("increase(", allowed...)
}

// liveTraffic has 50 requests for key come between the first reading of the API
// and that of Redis, and some between every two later readings. The API always
// tells the truth.
func (f *fake) liveTraffic(key string) {
	f.metric("increase(", sample(map[string]string{"key": key}, 20))
	for _, other := range []string{"user:1", "user:2", "ключ", `key"quote`, "api:gold tier"} {
		f.rdb.Del(f.t.Context(), "ratelimit:"+other)
	}
	told := make(chan struct{})
	var calls atomic.Int64
	f.on("GET /api/counters", func(w http.ResponseWriter, r *http.Request) {
		count := f.rdb.ZCard(r.Context(), "ratelimit:"+key).Val()
		_, _ = fmt.Fprintf(w, `{"counters":[{"key":%q,"count":%d,"limit":10,"remaining":0}]}`, key, count)
		f.fill(key, 50)
		if calls.Add(1) == 1 {
			close(told)
		}
	})
	// The first observation reads Redis when it knows the limits.
	limits := recorded(f.t, "limits").Response.Body
	f.on("GET /api/limits", func(w http.ResponseWriter, r *http.Request) {
		<-told
		answerWith(200, limits)(w, r)
	})
}
