package tikv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestState(t *testing.T) {
	f := newFake(t)
	f.on("GET /schedulers", replay(t, "schedulers-with-evict-leader"))
	f.on("GET /scheduler-config/evict-leader-scheduler/list", replay(t, "scheduler-evict-leader-config"))
	f.on("GET /regions/check/down-peer", answerWith(200, `{"count":1,"regions":[`+recorded(t, "region-by-id").Response.Body+`]}`))
	f.metric("sum by (instance, type)",
		sample(map[string]string{"instance": "mock:://tikv-1:1", "type": "capacity"}, "1000"),
		sample(map[string]string{"instance": "mock:://tikv-1:1", "type": "available"}, "600"),
		sample(map[string]string{"instance": "mock:://tikv-1:1", "type": "used"}, "300"))
	o := observe(t, open(t, f.config(nil)))
	golden(t, "state.json", o.State)
	want := "4 of 4 stores up, 50 regions; broken: under_replicated (down-peer)"
	if o.Summary != want {
		t.Errorf("summary %q, want %q", o.Summary, want)
	}
}

// TestQueries: the queries are what TiKV's own dashboards ask, of this cluster
// only, and all stores at once.
func TestQueries(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(map[string]any{"prometheus": map[string]any{
		"url": f.prom.URL, "match": map[string]any{"cluster": `a"b`, "job": "tikv"}, "instance": "pod", "rate_window": "90s",
	}}))
	observe(t, s)
	const of = `{cluster="a\"b",job="tikv"}`
	want := []string{
		`histogram_quantile(0.99, sum by (pod, le) (rate(tikv_grpc_msg_duration_seconds_bucket` + of + `[90000ms])))`,
		`sum by (pod) (rate(process_cpu_seconds_total` + of + `[90000ms]))`,
		`sum by (pod) (rate(tikv_storage_command_total` + of + `[90000ms]))`,
		`sum by (pod, type) (tikv_store_size_bytes` + of + `)`,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if diff := cmp.Diff(want, f.queries, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestAHungPDWithinAShortDeadline: the observation comes in time, and what the
// deadline cut short says nothing about PD.
func TestAHungPDWithinAShortDeadline(t *testing.T) {
	for name, hung := range map[string]func(f *fake){
		"PD":   func(f *fake) { f.all(hang) },
		"Both": func(f *fake) { f.all(hang); f.prom.Config.Handler = http.HandlerFunc(hang) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			hung(f)
			o := observeWithin(t, open(t, f.config(nil)), 300*time.Millisecond)
			sources, unknown := pdSources, "pd_unavailable "+byPD
			if name == "Both" {
				sources, unknown = allSources, unknown+" metrics_unavailable"
			}
			if diff := cmp.Diff(classed(protocol.SourceDeadline, sources...), notOK(o)); diff != "" {
				t.Errorf("sources: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(judgedAs("", unknown), unjudged(o)); diff != "" {
				t.Errorf("verdicts: -want +got:\n%s", diff)
			}
		})
	}
}

// TestAnEndlessAnswer: 100 MB of what begins as an answer are not read.
func TestAnEndlessAnswer(t *testing.T) {
	f := newFake(t)
	var mu sync.Mutex
	sent := 0
	f.all(func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte(`{"store":{"id":1}},`), 1<<16)
		if _, err := io.WriteString(w, `{"count":1,"stores":[`); err != nil {
			return
		}
		for total := 0; total < 100<<20; total += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
			mu.Lock()
			sent += len(chunk)
			mu.Unlock()
		}
	})
	// PD gets time enough for its bound to be what ends it, on any machine.
	pd := map[string]any{"endpoints": []string{f.pd.URL}, "timeout": "1m"}
	o := observeWithin(t, open(t, f.config(map[string]any{"pd": pd})), time.Minute)
	for source, class := range notOK(o) {
		if slices.Contains(pdSources, source) && class != protocol.SourceMalformed {
			t.Errorf("%s is %s", source, class)
		}
	}
	if diff := cmp.Diff(judgedAs("", byPD), unjudged(o)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	mu.Lock()
	defer mu.Unlock()
	if most := len(pdSources) * 32 << 20; sent > most {
		t.Errorf("%d bytes were sent, want less than %d", sent, most)
	}
}

// TestAStoreThatPDForgot: PD comes back with other data.
func TestAStoreThatPDForgot(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(nil))
	if o := observe(t, s); o.Verdict() != protocol.Held {
		t.Fatalf("%q", verdicts(o))
	}
	f.on("GET /stores", answerWith(200, `{"count":0,"stores":[]}`))
	o := observe(t, s)
	for id := 1; id <= 4; id++ {
		if got := o.VerdictOn(storeDown, fmt.Sprint(id)); got != protocol.Broken {
			t.Errorf("store_down of %d is %s", id, got)
		}
	}
	f.on("GET /stores", replay(t, "stores-healthy"))
	if o := observe(t, s); o.Verdict() != protocol.Held {
		t.Errorf("it is back: %q", verdicts(o))
	}
}

// TestFailover: one endpoint of two is gone, or hangs.
func TestFailover(t *testing.T) {
	for name, first := range map[string]func(f *fake) string{
		"Gone":  func(*fake) string { return "http://127.0.0.1:1" },
		"Hangs": func(*fake) string { return newFakeThatHangs(t) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			s := open(t, f.config(map[string]any{"pd": map[string]any{"endpoints": []string{first(f), f.pd.URL}}}))
			if o := observe(t, s); o.Verdict() != protocol.Held {
				t.Errorf("%q", verdicts(o))
			}
		})
	}
}

func newFakeThatHangs(t *testing.T) string {
	t.Helper()
	f := newFake(t)
	f.all(hang)
	return f.pd.URL
}

func TestObserveConcurrently(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(nil))
	var observers sync.WaitGroup
	for i := range 100 {
		observers.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			o, err := s.Observe(ctx)
			if protocol.CodeOf(err) == protocol.Canceled || protocol.CodeOf(err) == protocol.FailedPrecondition {
				return // closed meanwhile
			}
			if err != nil {
				t.Errorf("Observe = %v", err)
				return
			}
			verifyObservation(t, s, o)
		})
		if i%10 == 0 {
			observers.Go(func() {
				_, err := act(t, s, protocol.Action{Name: evictLeaders, Params: json.RawMessage(`{"store_id":"1"}`), DryRun: true})
				if code := protocol.CodeOf(err); code != "" && code != protocol.Canceled && code != protocol.FailedPrecondition {
					t.Errorf("Act = %v", err)
				}
			})
		}
		if i == 70 {
			observers.Go(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close = %v", err)
				}
			})
		}
	}
	observers.Wait()
}

func TestObserveThatCannotBe(t *testing.T) {
	s := open(t, everything)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Observe(canceled); protocol.CodeOf(err) != protocol.Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("Observe of a caller that gave up = %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if _, err := s.Observe(late); protocol.CodeOf(err) != protocol.DeadlineExceeded {
		t.Errorf("Observe after its deadline = %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if _, err := s.Observe(t.Context()); protocol.CodeOf(err) != protocol.FailedPrecondition {
		t.Errorf("Observe after Close = %v", err)
	}
	if _, err := act(t, s, protocol.Action{Name: evictLeaders, ID: "1"}); protocol.CodeOf(err) != protocol.FailedPrecondition {
		t.Errorf("Act after Close = %v", err)
	}
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := def.Open(canceled, []byte(everything)); protocol.CodeOf(err) != protocol.Canceled {
		t.Errorf("Open of a caller that gave up = %v", err)
	}
}

// TestCloseEndsAnObservation closes the subject while PD keeps it waiting.
func TestCloseEndsAnObservation(t *testing.T) {
	f := newFake(t)
	asked := make(chan struct{})
	f.on("GET /stores", func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		hang(w, r)
	})
	s := open(t, f.config(nil))
	ended := make(chan error)
	go func() {
		_, err := s.Observe(t.Context())
		ended <- err
	}()
	<-asked
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; protocol.CodeOf(err) != protocol.Canceled {
		t.Errorf("the observation that was under way = %v, want Canceled", err)
	}
}

// TestSecretsAreNotObserved: the credentials of both systems are sent, and are in
// nothing that is told, whatever fails.
func TestSecretsAreNotObserved(t *testing.T) {
	const secret = "hunter2"
	for name, change := range map[string]func(f *fake){
		"Refused": func(f *fake) {
			f.all(answerWith(401, secret[:3]))
			f.prom.Config.Handler = answerWith(401, "")
		},
		"Gone": func(f *fake) { f.pd.Close(); f.prom.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			change(f)
			u, err := url.Parse(f.pd.URL)
			if err != nil {
				t.Fatal(err)
			}
			u.User = url.UserPassword("user", secret)
			s := open(t, f.config(map[string]any{
				"pd": map[string]any{"endpoints": []string{u.String()}},
				"prometheus": map[string]any{
					"url": f.prom.URL, "basic_auth": map[string]any{"username": "user", "password": secret},
				},
			}))
			o := observe(t, s)
			doc, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = act(t, s, protocol.Action{Name: evictLeaders, ID: "1", Params: json.RawMessage(`{"store_id":"1"}`)})
			if err == nil || strings.Contains(err.Error(), secret) || bytes.Contains(doc, []byte(secret)) {
				t.Errorf("the secret is in %s or %v", doc, err)
			}
		})
	}
}
