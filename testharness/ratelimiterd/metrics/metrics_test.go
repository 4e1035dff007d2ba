package metrics_test

import (
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scrape returns the limiter's series by name and labels; those of the Go
// runtime, and all buckets but one, are left out.
func scrape(t *testing.T, m *metrics.Metrics) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("status %d, %v: %s", w.Code, err, body)
	}
	series := map[string]string{}
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if strings.HasPrefix(line, "#") || !strings.HasPrefix(line, "ratelimiter_") {
			continue
		}
		if value == "" {
			name, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		} else {
			name += "}"
		}
		series[name] = value
	}
	return series
}

const checked = "ratelimiter_requests_checked_total"

func TestLabels(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options metrics.Options
		want    []string
	}{
		"Both": {
			reason: "Node and key, and what has no key of its own beside it.", options: metrics.Options{NodeID: "n", Keys: 5},
			want: []string{
				checked + `{key="",node_id="n",result="allowed"} 0`, checked + `{key="",node_id="n",result="blocked"} 0`,
				checked + `{key="k",node_id="n",result="allowed"} 2`, checked + `{key="k",node_id="n",result="blocked"} 1`,
			},
		},
		"NoKey": {
			reason: "One count for all keys.", options: metrics.Options{NodeID: "n"},
			want: []string{checked + `{node_id="n",result="allowed"} 2`, checked + `{node_id="n",result="blocked"} 1`},
		},
		"NoNode": {
			reason: "The scrape's instance tells nodes apart.", options: metrics.Options{Keys: 5},
			want: []string{
				checked + `{key="",result="allowed"} 0`, checked + `{key="",result="blocked"} 0`,
				checked + `{key="k",result="allowed"} 2`, checked + `{key="k",result="blocked"} 1`,
			},
		},
		"Neither": {
			reason: "As the recorded service has it.", options: metrics.Options{},
			want: []string{checked + `{result="allowed"} 2`, checked + `{result="blocked"} 1`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := metrics.New(tc.options)
			for _, allowed := range []bool{true, true, false} {
				m.Key("k").Count(allowed)
			}
			var got []string
			for name, value := range scrape(t, m) {
				if strings.HasPrefix(name, checked) {
					got = append(got, name+" "+value)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDurationsAndErrorsAreThereFromTheStart(t *testing.T) {
	m := metrics.New(metrics.Options{NodeID: "n"})
	pick := func() map[string]string {
		all := scrape(t, m)
		maps.DeleteFunc(all, func(name, _ string) bool {
			return strings.HasPrefix(name, checked) || (strings.Contains(name, "_bucket") && !strings.Contains(name, `le="0.1"`)) || strings.Contains(name, "_sum")
		})
		return all
	}
	want := map[string]string{
		`ratelimiter_check_duration_seconds_bucket{node_id="n",le="0.1"}`: "0",
		`ratelimiter_check_duration_seconds_count{node_id="n"}`:           "0",
		`ratelimiter_check_errors_total{node_id="n"}`:                     "0",
	}
	if diff := cmp.Diff(want, pick()); diff != "" {
		t.Errorf("before the first check (-want +got):\n%s", diff)
	}
	m.Took(20 * time.Millisecond)
	m.Took(2 * time.Second)
	m.Failed()
	want = map[string]string{
		`ratelimiter_check_duration_seconds_bucket{node_id="n",le="0.1"}`: "1",
		`ratelimiter_check_duration_seconds_count{node_id="n"}`:           "2",
		`ratelimiter_check_errors_total{node_id="n"}`:                     "1",
	}
	if diff := cmp.Diff(want, pick()); diff != "" {
		t.Errorf("after two checks (-want +got):\n%s", diff)
	}
}

func TestWhichKeysHaveSeriesOfTheirOwn(t *testing.T) {
	cases := map[string]struct {
		reason string
		key    string
		own    bool
	}{
		"Plain":       {"An ordinary key.", "user:1", true},
		"Hostile":     {"Quotes, newlines and braces are escaped.", "a\"b\\c\n{}\x00", true},
		"Longest":     {"Up to the bound.", strings.Repeat("k", metrics.MaxKeyLabel), true},
		"TooLong":     {"Beyond it a label is a burden.", strings.Repeat("k", metrics.MaxKeyLabel+1), false},
		"NotUTF8":     {"Prometheus has no way to write it.", "\xff", false},
		"Empty":       {"To Prometheus an empty label is none.", "", false},
		"ReplacedBad": {"U+FFFD itself is a character like any other.", "\uFFFD", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := metrics.New(metrics.Options{Keys: 10})
			m.Key(tc.key).Count(true)
			other := scrape(t, m)[checked+`{key="",result="allowed"}`]
			if (other == "0") != tc.own {
				t.Errorf("%s\nunder no key: %s", tc.reason, other)
			}
		})
	}
}

func TestKeysAreBoundedAndNothingIsLost(t *testing.T) {
	const keys, bound = 100, 10
	m := metrics.New(metrics.Options{Keys: bound})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range keys {
				m.Key(fmt.Sprint("k", i)).Count(true)
			}
		})
	}
	all.Wait()
	sum, series := 0, 0
	for name, value := range scrape(t, m) {
		if strings.HasPrefix(name, checked) && strings.Contains(name, "allowed") {
			var n int
			if _, err := fmt.Sscan(value, &n); err != nil {
				t.Fatal(err)
			}
			sum += n
			series++
		}
	}
	if series != bound+1 || sum != 8*keys {
		t.Errorf("%d series that sum to %d, want %d and %d", series, sum, bound+1, 8*keys)
	}
}
