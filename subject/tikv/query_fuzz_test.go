package tikv

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// remembering is a Prometheus that knows no series and remembers what it was
// asked.
type remembering struct{ queries []string }

func (r *remembering) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	r.queries = append(r.queries, form["query"]...)
	const none = `{"status":"success","data":{"resultType":"vector","result":[]}}`
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(none)), ContentLength: int64(len(none)), Request: req,
	}, nil
}

// parts is what of a query depends on the configuration.
type parts struct {
	Grouping []string
	Range    time.Duration
	Matchers []string
}

// FuzzQueries has Prometheus's own parser read what is asked of it, with any
// label of the instance and any match that a configuration may have.
func FuzzQueries(f *testing.F) {
	for _, name := range []string{"instance", "le", "type", "inf", "NaN", "by", "on", "bool", "__name__", "", "a b", "é"} {
		f.Add(name, "job", `a"} or vector(1) or x{y="`, int64(time.Minute))
		f.Add("instance", name, "\ufffd\u2028\x00\n\\", int64(1_500_000))
	}
	f.Add("instance", "job", "\xff", int64(-1))
	f.Fuzz(func(t *testing.T, instance, label, value string, window int64) {
		cfg := defaultConfig()
		cfg.PD.Endpoints = []string{"http://localhost:2379"}
		cfg.Prometheus = new(defaultPrometheus())
		cfg.Prometheus.URL, cfg.Prometheus.Instance = "http://localhost:9090", instance
		cfg.Prometheus.Match = map[string]string{label: value}
		cfg.Prometheus.RateWindow = kit.Duration(window)
		var problems kit.Problems
		cfg.check(&problems)
		if problems.Err(notValid) != nil {
			return
		}
		server := &remembering{}
		client, err := prometheus.New(prometheus.Options{URL: cfg.Prometheus.URL, Transport: server})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		s := &Subject{cfg: cfg, prometheus: client}

		_, latencies := s.latencies(t.Context())
		_, rates := s.rates(metricCommands)(t.Context())
		_, sizes := s.sizes(t.Context())
		if latencies != nil || rates != nil || sizes != nil || len(server.queries) != 3 {
			t.Fatalf("%q were asked: %v, %v, %v", server.queries, latencies, rates, sizes)
		}
		rate := time.Duration(window).Truncate(time.Millisecond)
		for i, want := range []parts{
			{Grouping: []string{instance, "le"}, Range: rate, Matchers: matchers(metricLatency, label, value)},
			{Grouping: []string{instance}, Range: rate, Matchers: matchers(metricCommands, label, value)},
			{Grouping: []string{instance, "type"}, Matchers: matchers(metricSize, label, value)},
		} {
			near := cmp.Comparer(func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond })
			if diff := cmp.Diff(want, partsOf(t, server.queries[i]), near); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", server.queries[i], diff)
			}
		}
	})
}

// matchers are the conditions of one series, as Prometheus writes them.
func matchers(metric, label, value string) []string {
	all := []string{
		labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, metric).String(),
		labels.MustNewMatcher(labels.MatchEqual, label, value).String(),
	}
	slices.Sort(all)
	return all
}

func partsOf(t *testing.T, query string) parts {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Fatalf("%s is no query: %v", query, err)
	}
	var p parts
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			p.Grouping = append(p.Grouping, n.Grouping...)
		case *parser.MatrixSelector:
			p.Range += n.Range
		case *parser.VectorSelector:
			for _, m := range n.LabelMatchers {
				p.Matchers = append(p.Matchers, m.String())
			}
		}
		return nil
	})
	slices.Sort(p.Matchers)
	return p
}
