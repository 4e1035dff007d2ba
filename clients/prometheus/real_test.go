package prometheus

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/model"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// TestValueOnPrometheus shows each kind of answer as the real server gives it.
func TestValueOnPrometheus(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	for name, tc := range map[string]struct {
		reason  string
		query   string
		kind    model.ValueType
		value   float64
		present bool
		class   failure.Class
	}{
		"Vector":    {reason: "one series is one value", query: `vector(7)`, kind: model.ValVector, value: 7, present: true},
		"Zero":      {reason: "zero is a value", query: `vector(0)`, kind: model.ValVector, value: 0, present: true},
		"Scalar":    {reason: "a scalar is one value", query: `1 + 1`, kind: model.ValScalar, value: 2, present: true},
		"Empty":     {reason: "no series, no value", query: `no_such_metric`, kind: model.ValVector},
		"NaN":       {reason: "NaN stands for no value", query: `vector(0) / vector(0)`, kind: model.ValVector},
		"ScalarNaN": {reason: "in a scalar too: this one had no series", query: `scalar(no_such_metric)`, kind: model.ValScalar},
		"Inf":       {reason: "an infinity is a value", query: `vector(1) / 0`, kind: model.ValVector, value: math.Inf(1), present: true},
		"NegInf":    {reason: "a negative one too", query: `-1 / 0`, kind: model.ValScalar, value: math.Inf(-1), present: true},
		"Several":   {reason: "which one?", query: `up`, kind: model.ValVector, class: failure.Malformed},
		"Matrix":    {reason: "a range is many values", query: `up[1m]`, kind: model.ValMatrix, class: failure.Malformed},
		"String":    {reason: "text is no number", query: `"seven"`, kind: model.ValString, class: failure.Malformed},
		"Syntax":    {reason: "the expression is wrong", query: `sum(`, class: failure.Rejected},
		"Execution": {reason: "the server could not evaluate it", query: `label_replace(up, "instance", "x", "", "") + label_replace(up, "instance", "x", "", "")`, class: failure.Failing},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.kind != model.ValNone {
				r, err := c.Query(t.Context(), tc.query)
				if err != nil || r.Value.Type() != tc.kind {
					t.Fatalf("%s: Query: got %v, %v, want a %s", tc.reason, r.Value, err, tc.kind)
				}
				v, err := c.Vector(t.Context(), tc.query)
				if isVector := tc.kind == model.ValVector; (err == nil) != isVector || (v == nil) == isVector {
					t.Errorf("%s: Vector: got %v, %v", tc.reason, v, err)
				}
				if err != nil && failure.ClassOf(err) != failure.Malformed {
					t.Errorf("%s: Vector: got class %s", tc.reason, failure.ClassOf(err))
				}
			}
			value, present, err := c.Value(t.Context(), tc.query)
			if failure.ClassOf(err) != tc.class || value != tc.value || present != tc.present {
				t.Errorf("%s: got %v, %v, %v", tc.reason, value, present, err)
			}
		})
	}
}

func TestRejectedNamesTheQuery(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	_, err := c.Query(t.Context(), `rate(up)`)
	for _, part := range []string{"POST /api/v1/query", "status 400", "bad_data", "range vector", `"rate(up)"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %s: %v", part, err)
		}
	}
}

func TestWrongPath(t *testing.T) {
	f := shared.use(t)
	_, err := newClient(t, Options{URL: f.server.url + "/elsewhere/"}).Query(t.Context(), "up")
	if failure.ClassOf(err) != failure.Rejected || !strings.Contains(err.Error(), "path") {
		t.Errorf("got %v", err)
	}
}

// bucketP99 is the quantile Prometheus interpolates where every observation is
// in one bucket, in ms.
func bucketP99(lower, upper float64) float64 { return (lower + (upper-lower)*0.99) * 1000 }

func TestNodeLatencyP99(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	for name, tc := range map[string]struct {
		reason  string
		node    string
		ms      float64
		present bool
		class   failure.Class
	}{
		"Steady":  {reason: "the formula's value", node: "steady", ms: bucketP99(0.025, 0.05), present: true},
		"Split":   {reason: "buckets of several keys are added before the quantile is taken", node: "split", ms: 1, present: true},
		"Beyond":  {reason: "above the last bound, that bound is told", node: "beyond", ms: 1000, present: true},
		"Idle":    {reason: "no check in the window, no latency", node: "idle"},
		"Unknown": {reason: "no such node", node: `steady"} or vector(1) or x{y="`},
		"Empty":   {reason: "an empty name would match the nodes without one", node: ""},
		"Invalid": {reason: "no label holds this", node: "\xff"},
		"Long":    {reason: "bounded", node: strings.Repeat("n", MaxKeyBytes+1), class: failure.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			ms, present, err := c.NodeLatencyP99(t.Context(), tc.node)
			if failure.ClassOf(err) != tc.class || present != tc.present || !near(ms, tc.ms) {
				t.Errorf("%s: got %v, %v, %v, want %v, %v", tc.reason, ms, present, err, tc.ms, tc.present)
			}
		})
	}
}

// TestIssueFormula compares with the formula as it is written down, without the
// sum, for a node that has one histogram.
func TestIssueFormula(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	want, _, err := c.Value(t.Context(), `histogram_quantile(0.99, rate(ratelimiter_check_duration_seconds_bucket{node_id="steady"}[1m])) * 1000`)
	if err != nil {
		t.Fatal(err)
	}
	got, present, err := c.NodeLatencyP99(t.Context(), "steady")
	if err != nil || !present || got != want {
		t.Errorf("got %v, %v, %v, want %v", got, present, err, want)
	}
}

func TestLatencyP99(t *testing.T) {
	f := shared.use(t)
	instance := f.exporters[0].address()
	byInstance := []NodeLatency{
		{Instance: f.fast, P99MS: bucketP99(0.025, 0.05), Present: true},
		{Instance: f.slow, P99MS: bucketP99(0.25, 0.5), Present: true},
	}
	slices.SortFunc(byInstance, func(a, b NodeLatency) int { return cmp.Compare(a.Instance, b.Instance) })
	named := slices.Clone(byInstance)
	for i := range named {
		named[i].Node = named[i].Instance
	}
	for name, tc := range map[string]struct {
		reason  string
		options Options
		want    []NodeLatency
	}{
		"Labelled": {
			reason:  "one entry per node, the idle one without a value",
			options: Options{Match: map[string]string{"job": "labelled"}},
			want: []NodeLatency{
				{Node: "beyond", Instance: instance, P99MS: 1000, Present: true},
				{Node: "idle", Instance: instance},
				{Node: "split", Instance: instance, P99MS: 1, Present: true},
				{Node: "steady", Instance: instance, P99MS: bucketP99(0.025, 0.05), Present: true},
			},
		},
		"OnlyInstance": {
			reason:  "series without a node label are told apart by instance",
			options: Options{Match: map[string]string{"job": "plain"}},
			want:    byInstance,
		},
		"InstanceAsNode": {
			reason:  "the instance may be configured as the node",
			options: Options{Match: map[string]string{"job": "plain"}, Labels: LabelNames{Node: "instance"}},
			want:    named,
		},
		"None": {
			reason:  "nothing is known",
			options: Options{Match: map[string]string{"job": "none"}},
			want:    []NodeLatency{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := f.client(t, tc.options).LatencyP99(t.Context())
			if diff := gocmp.Diff(tc.want, got, cmpopts.EquateApprox(1e-9, 0)); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", tc.reason, err, diff)
			}
		})
	}
}

func TestKeyLabelled(t *testing.T) {
	f := shared.use(t)
	for name, tc := range map[string]struct {
		reason            string
		job               string
		labelled, present bool
	}{
		"Labelled":   {reason: "the counters know keys", job: "labelled", labelled: true, present: true},
		"Unlabelled": {reason: "the counters know none", job: "plain", present: true},
		"None":       {reason: "there are no counters", job: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			c := f.client(t, Options{Match: map[string]string{"job": tc.job}})
			labelled, present, err := c.KeyLabelled(t.Context())
			if err != nil || labelled != tc.labelled || present != tc.present {
				t.Errorf("%s: got %v, %v, %v", tc.reason, labelled, present, err)
			}
			_, found, err := c.AllowedRequests(t.Context(), "plain", 30*time.Second)
			if err != nil || found != tc.labelled {
				t.Errorf("%s: a key's count is present: %v, %v", tc.reason, found, err)
			}
		})
	}
	labelled, present, err := f.client(t, Options{}).KeyLabelled(t.Context())
	if err != nil || !labelled || !present {
		t.Errorf("some nodes label and some do not: got %v, %v, %v", labelled, present, err)
	}
}

func TestWindow(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	for name, tc := range map[string]struct {
		reason  string
		window  time.Duration
		present bool
		class   failure.Class
	}{
		"Millis":   {reason: "PromQL accepts milliseconds", window: 29999 * time.Millisecond, present: true},
		"Odd":      {reason: "rounded up to a millisecond", window: 30*time.Second + 1, present: true},
		"TooShort": {reason: "fewer than two samples tell no growth", window: 1},
		"Year":     {reason: "longer than the data", window: 365 * 24 * time.Hour, present: true},
		"Zero":     {reason: "no window", window: 0, class: failure.Invalid},
		"Negative": {reason: "no window", window: -time.Second, class: failure.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, present, err := c.AllowedRequests(t.Context(), "plain", tc.window)
			if failure.ClassOf(err) != tc.class || present != tc.present {
				t.Errorf("%s: got %v, %v", tc.reason, present, err)
			}
		})
	}
}
