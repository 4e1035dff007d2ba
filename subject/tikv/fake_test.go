package tikv

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// fake is a PD that answers as was recorded, or as a test says, and a Prometheus
// that scrapes its stores.
type fake struct {
	t    *testing.T
	pd   *httptest.Server
	prom *httptest.Server

	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by method and path below the API's, "GET /stores"
	asked   []string                    // "POST /operators {...}"
	metrics map[string]string           // query results by a part of the query
	queries []string
}

// newFake starts a cluster of four stores that is well.
func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{t: t, answers: make(map[string]http.HandlerFunc), metrics: make(map[string]string)}
	f.pd = httptest.NewServer(http.HandlerFunc(f.serve))
	f.prom = httptest.NewServer(http.HandlerFunc(f.query))
	t.Cleanup(f.pd.Close)
	t.Cleanup(f.prom.Close)
	for path, recording := range map[string]string{
		"/stores":                     "stores-healthy",
		"/stats/region":               "stats-region",
		"/health":                     "health",
		"/schedulers":                 "schedulers",
		"/regions/check/miss-peer":    "regions-miss-peer",
		"/regions/check/down-peer":    "regions-down-peer",
		"/regions/check/pending-peer": "regions-miss-peer", // an empty list, as the others
		"/store/1":                    "store-by-id",
		"/store/99":                   "store-unknown",
		"/region/id/52":               "region-by-id",
		"/region/id/999999":           "region-unknown",
	} {
		f.on("GET "+path, replay(t, recording))
	}
	f.on("GET /members", f.members())
	for id := 2; id <= 4; id++ {
		f.store(id, "Up")
	}
	f.perStore("histogram_quantile(", 0.012, nil)
	f.perStore("sum by (instance) (rate("+metricCommands, 250, nil)
	f.perStore("sum by (instance) (rate("+metricCPU, 1.5, nil)
	f.metric("sum by (instance, type)")
	return f
}

// members has the recorded leader be where the fake is: the client asks it first.
func (f *fake) members() http.HandlerFunc {
	body := recorded(f.t, "members").Response.Body
	return answerWith(http.StatusOK, strings.ReplaceAll(body, "http://127.0.0.1:12379", f.pd.URL))
}

// store has PD tell of one store as recorded, with another ID and state.
func (f *fake) store(id int, state string) {
	body := recorded(f.t, "store-by-id").Response.Body
	body = strings.Replace(body, `"id": 1`, fmt.Sprintf(`"id": %d`, id), 1)
	body = strings.Replace(body, `"state_name": "Up"`, fmt.Sprintf(`"state_name": %q`, state), 1)
	f.on(fmt.Sprintf("GET /store/%d", id), answerWith(http.StatusOK, body))
}

// on sets the answer to one kind of call.
func (f *fake) on(call string, answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[call] = answer
}

// all sets the answer to every call to PD.
func (f *fake) all(answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for call := range f.answers {
		f.answers[call] = answer
	}
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + strings.TrimPrefix(r.URL.EscapedPath(), "/pd/api/v1")
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	if err != nil {
		f.t.Errorf("%s: %v", call, err)
	}
	f.mu.Lock()
	f.asked = append(f.asked, strings.TrimSpace(call+" "+string(body)))
	answer := f.answers[call]
	f.mu.Unlock()
	if answer == nil {
		answer = http.NotFound
	}
	answer(w, r)
}

// writes returns the calls to PD since it was last called that could have
// changed something.
func (f *fake) writes() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var writes []string
	for _, call := range f.asked {
		if !strings.HasPrefix(call, "GET ") {
			writes = append(writes, call)
		}
	}
	f.asked = nil
	return writes
}

// calls returns how many calls PD had.
func (f *fake) calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

func answerWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hang answers nothing until the caller gives up, which the server notices only
// once it has read the request.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// cut ends the connection in place of an answer.
func cut(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// perStore sets the answer of queries which contain part: a value for each of
// the recorded stores, under its address.
func (f *fake) perStore(part string, value float64, others map[string]float64) {
	var samples []string
	for id := 1; id <= 4; id++ {
		samples = append(samples, sample(map[string]string{"instance": fmt.Sprintf("mock:://tikv-%d:%d", id, id)}, fmt.Sprint(value)))
	}
	for instance, other := range others {
		samples = append(samples, sample(map[string]string{"instance": instance}, fmt.Sprint(other)))
	}
	f.metric(part, samples...)
}

// metric sets the samples that queries which contain part are answered with.
func (f *fake) metric(part string, samples ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.metrics[part] = `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(samples, ",") + `]}}`
}

func sample(labels map[string]string, value string) string {
	doc, err := json.Marshal(map[string]any{"metric": labels, "value": []any{1.7e9, value}})
	if err != nil {
		panic(err) // a map of strings has JSON
	}
	return string(doc)
}

// query answers a query of Prometheus's API.
func (f *fake) query(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queries = append(f.queries, query)
	for part, result := range f.metrics {
		if strings.Contains(query, part) {
			_, _ = io.WriteString(w, result)
			return
		}
	}
	http.Error(w, `{"status":"error","errorType":"bad_data","error":"no such query"}`, http.StatusBadRequest)
}

// config is the configuration for all of the fake, further fields on top.
func (f *fake) config(fields map[string]any) string {
	config := map[string]any{
		"pd":         map[string]any{"endpoints": []string{f.pd.URL}},
		"prometheus": map[string]any{"url": f.prom.URL},
	}
	maps.Copy(config, fields)
	doc, err := json.Marshal(config)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(doc)
}

// recording is a real exchange with a PD v8.5 of four stores.
type recording struct {
	Request  struct{ Method, Path, Body string }
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		Body        string
	}
}

func recorded(t *testing.T, name string) recording {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("testdata", "recordings", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(doc, &r); err != nil {
		t.Fatalf("recording %s: %v", name, err)
	}
	return r
}

func replay(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	r := recorded(t, name)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", r.Response.ContentType)
		w.WriteHeader(r.Response.Status)
		_, _ = io.WriteString(w, r.Response.Body)
	}
}
