package prometheus

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// TestCounts gives the calls about counts what a real server does not give for
// their queries.
func TestCounts(t *testing.T) {
	sample := func(key, value string) string {
		return fmt.Sprintf(`{"metric":{"key":%q},"value":[1,%q]}`, key, value)
	}
	for name, tc := range map[string]struct {
		reason string
		answer string
		counts map[string]float64 // AllowedByKey of a and b
		many   failure.Class
		one    failure.Class // AllowedRequests of a
	}{
		"Both":      {reason: "a value each; two series are no single value", answer: vectorOf(sample("a", "1.5") + "," + sample("b", "0")), counts: map[string]float64{"a": 1.5, "b": 0}, one: failure.Malformed},
		"NaN":       {reason: "NaN is absent", answer: vectorOf(sample("a", "NaN")), counts: map[string]float64{}},
		"Inf":       {reason: "no count is infinite", answer: vectorOf(sample("a", "+Inf")), many: failure.Malformed, one: failure.Malformed},
		"NegInf":    {reason: "no count is infinite", answer: vectorOf(sample("a", "-Inf")), many: failure.Malformed, one: failure.Malformed},
		"Twice":     {reason: "one key has one series", answer: vectorOf(sample("a", "1") + "," + sample("a", "2")), many: failure.Malformed, one: failure.Malformed},
		"Unasked":   {reason: "not a key that was asked for", answer: vectorOf(sample("c", "NaN")), many: failure.Malformed},
		"Unkeyed":   {reason: "no key", answer: vectorOf(`{"metric":{},"value":[1,"NaN"]}`), many: failure.Malformed},
		"Histogram": {reason: "no number", answer: vectorOf(histogramSample), many: failure.Malformed, one: failure.Malformed},
		"Scalar":    {reason: "not a vector", answer: `{"status":"success","data":{"resultType":"scalar","result":[1,"NaN"]}}`, many: failure.Malformed},
		"Matrix":    {reason: "not a vector", answer: `{"status":"success","data":{"resultType":"matrix","result":[]}}`, many: failure.Malformed, one: failure.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFake(t, answering(200, tc.answer)).client(t)
			counts, err := c.AllowedByKey(t.Context(), []string{"a", "b", "a", "", "\xff"}, time.Minute)
			if diff := cmp.Diff(tc.counts, counts); failure.ClassOf(err) != tc.many || diff != "" {
				t.Errorf("%s: AllowedByKey: %v\n%s", tc.reason, err, diff)
			}
			count, present, err := c.AllowedRequests(t.Context(), "a", time.Minute)
			if failure.ClassOf(err) != tc.one || present || count != 0 {
				t.Errorf("%s: AllowedRequests: got %v, %v, %v", tc.reason, count, present, err)
			}
		})
	}
}

// TestLatencies does the same for the calls about latencies.
func TestLatencies(t *testing.T) {
	sample := func(node, value string) string {
		return fmt.Sprintf(`{"metric":{"node_id":%q,"instance":"i"},"value":[1,%q]}`, node, value)
	}
	for name, tc := range map[string]struct {
		reason string
		answer string
		all    []NodeLatency
		class  failure.Class
		ms     float64 // NodeLatencyP99 of n
		ok     bool
		one    failure.Class
	}{
		"Inf":       {reason: "above every bound", answer: vectorOf(sample("n", "+Inf")), all: []NodeLatency{{Node: "n", Instance: "i", P99MS: math.Inf(1), Present: true}}, ms: math.Inf(1), ok: true},
		"NegInf":    {reason: "no latency is below every bound", answer: vectorOf(sample("n", "-Inf")), class: failure.Malformed, one: failure.Malformed},
		"NaN":       {reason: "no check in the window", answer: vectorOf(sample("n", "NaN")), all: []NodeLatency{{Node: "n", Instance: "i"}}},
		"Sorted":    {reason: "by node", answer: vectorOf(sample("z", "1") + "," + sample("a", "2")), all: []NodeLatency{{Node: "a", Instance: "i", P99MS: 2, Present: true}, {Node: "z", Instance: "i", P99MS: 1, Present: true}}, one: failure.Malformed},
		"Twice":     {reason: "one node and instance, one value", answer: vectorOf(sample("n", "1") + "," + sample("n", "2")), class: failure.Malformed, one: failure.Malformed},
		"Histogram": {reason: "no number", answer: vectorOf(histogramSample), class: failure.Malformed, one: failure.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFake(t, answering(200, tc.answer)).client(t)
			all, err := c.LatencyP99(t.Context())
			if diff := cmp.Diff(tc.all, all); failure.ClassOf(err) != tc.class || diff != "" {
				t.Errorf("%s: LatencyP99: %v\n%s", tc.reason, err, diff)
			}
			ms, ok, err := c.NodeLatencyP99(t.Context(), "n")
			if failure.ClassOf(err) != tc.one || ms != tc.ms || ok != tc.ok {
				t.Errorf("%s: NodeLatencyP99: got %v, %v, %v", tc.reason, ms, ok, err)
			}
		})
	}
}

func TestKeyLabelledAnswers(t *testing.T) {
	half := func(name, value string) string {
		return fmt.Sprintf(`{"metric":{"series":%q},"value":[1,%q]}`, name, value)
	}
	for name, tc := range map[string]struct {
		reason            string
		answer            string
		labelled, present bool
		class             failure.Class
	}{
		"Zero":      {reason: "a count of none is none", answer: vectorOf(half(withKey, "0") + "," + half(noKey, "NaN"))},
		"Mixed":     {reason: "one labelled series is enough", answer: vectorOf(half(noKey, "3") + "," + half(withKey, "1")), labelled: true, present: true},
		"Unasked":   {reason: "not one of the halves", answer: vectorOf(half("other", "1")), class: failure.Malformed},
		"Histogram": {reason: "no number", answer: vectorOf(histogramSample), class: failure.Malformed},
		"Failing":   {reason: "passed on", answer: `{"status":"error","errorType":"internal"}`, class: failure.Failing},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFake(t, answering(200, tc.answer)).client(t)
			labelled, present, err := c.KeyLabelled(t.Context())
			if labelled != tc.labelled || present != tc.present || failure.ClassOf(err) != tc.class {
				t.Errorf("%s: got %v, %v, %v", tc.reason, labelled, present, err)
			}
		})
	}
}

// TestBounds checks that what the client refuses is not sent.
func TestBounds(t *testing.T) {
	f := newFake(t, answering(200, vectorOf("")))
	c := f.client(t)
	long := string(make([]byte, MaxKeyBytes+1))
	sixteen := make([]string, MaxKeysBytes/MaxKeyBytes+1)
	for i := range sixteen {
		sixteen[i] = long[1:]
	}
	for name, ask := range map[string]func(context.Context) error{
		"EmptyQuery": func(ctx context.Context) error { _, err := c.Query(ctx, ""); return err },
		"HugeQuery": func(ctx context.Context) error {
			_, err := c.Query(ctx, string(make([]byte, MaxQueryBytes+1)))
			return err
		},
		"LongKey":  func(ctx context.Context) error { _, _, err := c.AllowedRequests(ctx, long, 1); return err },
		"LongKeys": func(ctx context.Context) error { _, err := c.AllowedByKey(ctx, []string{"a", long}, 1); return err },
		"ManyKeys": func(ctx context.Context) error {
			_, err := c.AllowedByKey(ctx, make([]string, MaxKeys+1), 1)
			return err
		},
		"HeavyKeys":   func(ctx context.Context) error { _, err := c.AllowedByKey(ctx, sixteen, 1); return err },
		"WindowOfAll": func(ctx context.Context) error { _, err := c.AllowedByKey(ctx, nil, 0); return err },
	} {
		t.Run(name, func(t *testing.T) {
			err := ask(t.Context())
			if failure.ClassOf(err) != failure.Invalid || len(err.Error()) > 2000 {
				t.Errorf("got %v", err)
			}
		})
	}
	if counts, err := c.AllowedByKey(t.Context(), []string{"", "\xff"}, 1); err != nil || len(counts) != 0 {
		t.Errorf("unobservable keys: got %v, %v", counts, err)
	}
	select {
	case form := <-f.form:
		t.Errorf("something was sent: %v", form)
	default:
	}
}
