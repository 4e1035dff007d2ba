package prometheus

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
)

// anatomy is what a query consists of, in the order of its text.
type anatomy struct {
	Calls     []string // functions, operators and aggregations, with what they group by
	Numbers   []float64
	Strings   []string
	Ranges    []time.Duration
	Selectors [][]condition
}

func dissect(expr parser.Expr) anatomy {
	var a anatomy
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			a.Calls = append(a.Calls, n.Op.String()+" "+strings.Join(n.Grouping, ","))
		case *parser.Call:
			a.Calls = append(a.Calls, n.Func.Name)
		case *parser.BinaryExpr:
			a.Calls = append(a.Calls, n.Op.String())
		case *parser.NumberLiteral:
			a.Numbers = append(a.Numbers, n.Val)
		case *parser.StringLiteral:
			a.Strings = append(a.Strings, n.Val)
		case *parser.MatrixSelector:
			a.Ranges = append(a.Ranges, n.Range)
		case *parser.VectorSelector:
			a.Selectors = append(a.Selectors, conditions(n))
		case *parser.SubqueryExpr, *parser.UnaryExpr, *parser.StepInvariantExpr:
			a.Calls = append(a.Calls, "unexpected "+n.String())
		case nil, *parser.ParenExpr:
		}
		return nil
	})
	return a
}

// asked is a server that knows no series and remembers what it was asked.
type asked struct{ queries []string }

func (a *asked) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	a.queries = append(a.queries, form["query"]...)
	return clienttest.Transport{Status: http.StatusOK, Body: []byte(vectorOf(""))}.RoundTrip(r)
}

// FuzzQuestions asks every question about a rate limiter, with any names for its
// labels and metrics that the options let pass, and has Prometheus's own parser
// read what was asked.
func FuzzQuestions(f *testing.F) {
	for _, key := range hostileKeys {
		if len(key) < 100 {
			f.Add("node_id", "key", "instance", "result", "d", "c", "job", key, key, "other", int64(time.Minute), int64(time.Minute))
		}
	}
	for _, name := range []string{"inf", "NaN", "le", "by", "sum", "on", "bool", "offset", "__name__", "series", "\u00e9", "a b", ""} {
		f.Add(name, "key", "instance", "result", name, "c", "job", "x", "a", "b", int64(time.Second), int64(time.Millisecond))
		f.Add("n", name, "instance", "result", "d", name, "job", "x", "a", "b", int64(1), int64(1)<<62)
		f.Add("n", "key", name, "result", "d", "c", name, "x", "\xff", "", int64(1)<<62+1, int64(1500)*1000)
		f.Add("n", "key", "instance", name, "d", "c", "job", "x", "a", "a", int64(-1), int64(0))
	}
	f.Fuzz(func(t *testing.T, node, key, instance, result, duration, checked, match, value, a, b string, window, rate int64) {
		server := &asked{}
		c, err := New(Options{
			URL: "http://localhost", Transport: server, RateWindow: time.Duration(rate),
			Labels:  LabelNames{Node: node, Key: key, Instance: instance, Result: result},
			Metrics: MetricNames{CheckDuration: duration, RequestsChecked: checked},
			Match:   map[string]string{match: value},
		})
		if err != nil {
			clienttest.MustBeLine(t, err)
			if fe, ok := errors.AsType[*failure.Error](err); !ok || fe.Class != failure.Invalid {
				t.Fatalf("%#v", err)
			}
			return
		}
		defer c.Close()
		series := func(metric string, more ...condition) []condition {
			return sortedConditions(append(more, condition{model.MetricNameLabel, labels.MatchEqual, metric}, condition{match, labels.MatchEqual, value})...)
		}
		equal := func(label, value string) condition { return condition{label, labels.MatchEqual, value} }
		allowed := func(by string, which condition) anatomy {
			return anatomy{
				Calls:     []string{"sum " + by, "increase"},
				Ranges:    []time.Duration{roundedUp(time.Duration(window))},
				Selectors: [][]condition{series(c.metrics.RequestsChecked, equal(c.labels.Result, resultAllowed), which)},
			}
		}
		latency := func(by string, which ...condition) anatomy {
			return anatomy{
				Calls:     []string{"*", "histogram_quantile", "sum " + by, "rate"},
				Numbers:   []float64{0.99, 1000},
				Ranges:    []time.Duration{c.rateWindow.Truncate(time.Millisecond)},
				Selectors: [][]condition{series(c.metrics.CheckDuration+"_bucket", which...)},
			}
		}
		askable := window > 0 && len(a) <= MaxKeyBytes && len(b) <= MaxKeyBytes

		_, _, err = c.AllowedRequests(t.Context(), a, time.Duration(window))
		server.want(t, err, askable && Observable(a), allowed("", equal(c.labels.Key, a)))
		_, err = c.AllowedByKey(t.Context(), []string{a, b, a}, time.Duration(window))
		both := observable([]string{a, b})
		server.want(t, err, askable && len(both) > 0, allowed(c.labels.Key, condition{c.labels.Key, labels.MatchRegexp, alternatives(both)}))
		_, _, err = c.NodeLatencyP99(t.Context(), a)
		server.want(t, err, len(a) <= MaxKeyBytes && Observable(a), latency("le", equal(c.labels.Node, a)))
		_, err = c.LatencyP99(t.Context())
		server.want(t, err, true, latency("le,"+c.labels.Node+","+c.labels.Instance))
		_, _, err = c.KeyLabelled(t.Context())
		server.want(t, err, true, anatomy{
			Calls:   []string{"or", "label_replace", "count ", "label_replace", "count "},
			Strings: []string{halfLabel, withKey, "", "", halfLabel, noKey, "", ""},
			Selectors: [][]condition{
				series(c.metrics.RequestsChecked, condition{c.labels.Key, labels.MatchNotEqual, ""}),
				series(c.metrics.RequestsChecked, equal(c.labels.Key, "")),
			},
		})
	})
}

// want checks the one query that was asked since the last time, or that none
// was.
func (a *asked) want(t *testing.T, err error, sent bool, want anatomy) {
	t.Helper()
	queries := a.queries
	a.queries = nil
	if !sent {
		if len(queries) > 0 {
			t.Fatalf("%q was asked", queries)
		}
		if err != nil && failure.ClassOf(err) != failure.Invalid {
			t.Fatalf("%v", err)
		}
		return
	}
	if err != nil || len(queries) != 1 {
		t.Fatalf("%q was asked: %v", queries, err)
	}
	expr, err := promQL(queries[0])
	if err != nil {
		t.Fatalf("%s is no query: %v", queries[0], err)
	}
	// The server's parser counts in floating point.
	near := cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond })
	if diff := cmp.Diff(want, dissect(expr), near); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", queries[0], diff)
	}
}

func roundedUp(window time.Duration) time.Duration {
	if rest := window % time.Millisecond; rest > 0 {
		return window - rest + time.Millisecond
	}
	return window
}
