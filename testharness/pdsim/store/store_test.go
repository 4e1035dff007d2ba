package store

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newStore(t *testing.T, args ...string) *Store {
	t.Helper()
	s := New()
	flags := flag.NewFlagSet("tikvstore", flag.ContinueOnError)
	s.Define(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoadFollowsLeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, "--id=1", "--rate=10", "--latency=40ms")
		m := newMetrics(s)
		ctx, cancel := context.WithCancel(t.Context())
		go m.load(ctx, s)
		requests := func() float64 {
			sum := 0.0
			for _, value := range gather(t, m)["tikv_storage_command_total"] {
				sum += value
			}
			return sum
		}
		time.Sleep(10 * time.Second)
		if n := requests(); n != 0 {
			t.Errorf("%g requests for a store that leads nothing", n)
		}
		s.mu.Lock()
		s.leaders = 4
		s.mu.Unlock()
		time.Sleep(10 * time.Second)
		cancel()
		synctest.Wait()
		if n := requests(); n < 390 || n > 400 {
			t.Errorf("%g requests in 10 s, want 10 per second for each of 4 regions", n)
		}
	})
}

func TestMetricsHaveTiKVsNames(t *testing.T) {
	s := newStore(t, "--id=1", "--capacity=1000", "--used=0.25")
	m := newMetrics(s)
	got := gather(t, m)
	if diff := cmp.Diff(map[string]float64{"available": 750, "capacity": 1000, "used": 250}, got["tikv_store_size_bytes"]); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	for _, name := range []string{"tikv_storage_command_total", "tikv_grpc_msg_duration_seconds", "process_cpu_seconds_total"} {
		if len(got[name]) == 0 {
			t.Errorf("%s has no series", name)
		}
	}
}

// gather returns the value of each metric by the label type; of a histogram that
// is its count.
func gather(t *testing.T, m *metrics) map[string]map[string]float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]map[string]float64{}
	for _, f := range families {
		values[f.GetName()] = map[string]float64{}
		for _, metric := range f.GetMetric() {
			kind := ""
			for _, label := range metric.GetLabel() {
				if label.GetName() == "type" {
					kind = label.GetValue()
				}
			}
			values[f.GetName()][kind] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
		}
	}
	return values
}

func TestBehaviourIsChanged(t *testing.T) {
	s := newStore(t, "--id=1", "--latency=30ms")
	post := func(body string) int {
		w := httptest.NewRecorder()
		s.setBehaviour(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, BehaviourPath, strings.NewReader(body)))
		return w.Code
	}
	if code := post(`{"used_ratio":0.8}`); code != http.StatusOK {
		t.Errorf("status = %d", code)
	}
	for _, body := range []string{`{"used_ratio":1.1}`, `{"latency_seconds":0}`, `{"capacity_bytes":0}`, `{"rate_per_leader":1e9}`, `{`} {
		if code := post(body); code != http.StatusBadRequest {
			t.Errorf("%s: status = %d", body, code)
		}
	}
	want := DefaultBehaviour()
	want.UsedRatio, want.LatencySeconds = 0.8, 0.03
	if got, _ := s.now(); got != want {
		t.Errorf("behaviour = %+v, want %+v", got, want)
	}
}

// TestHeartbeat has a PD that refuses, then answers.
func TestHeartbeat(t *testing.T) {
	var got []string
	enough := make(chan struct{})
	pd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is missing shows below
		got = append(got, r.Method+" "+r.URL.Path+" "+string(body))
		switch len(got) {
		case 1:
			http.Error(w, "not now", http.StatusServiceUnavailable)
		case 3:
			close(enough)
			fallthrough
		default:
			_, _ = io.WriteString(w, `{"leaders":7,"regions":9}`)
		}
	}))
	s := newStore(t, "--id=3", "--advertise=tikv-3:20160", "--heartbeat=10ms", "--capacity=1000", "--pd="+pd.URL)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		s.beat(ctx, slog.New(slog.DiscardHandler))
		close(ended)
	}()
	select {
	case <-enough:
	case <-time.After(20 * time.Second):
		t.Error("a store that was refused does not report again")
	}
	cancel()
	<-ended
	pd.Close()
	if _, leaders := s.now(); leaders != 7 {
		t.Errorf("leaders = %d", leaders)
	}
	for _, part := range []string{"POST " + api.HeartbeatPath, `"store_id":3`, `"address":"tikv-3:20160"`, `"capacity":1000`, `"available":900`, `"used":100`} {
		if !strings.Contains(got[0], part) {
			t.Errorf("%s is not in %s", part, got[0])
		}
	}
}
