package clienttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Recording is a real exchange with a service.
type Recording struct {
	Request struct {
		Method, Path, Body string
	}
	Response struct {
		Status      int
		ContentType string `json:"content_type"`
		Headers     map[string]string
		Body        string
	}
}

// Load reads testdata/{name}.json.
func Load(tb testing.TB, name string) Recording {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json")) //nolint:gosec // the test's own data
	if err != nil {
		tb.Fatalf("reading the recording: %v", err)
	}
	var r Recording
	if err := json.Unmarshal(raw, &r); err != nil {
		tb.Fatalf("decoding the recording %s: %v", name, err)
	}
	return r
}

// Names lists the recordings in testdata, sorted. There has to be one.
func Names(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no recordings: %v", err)
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	slices.Sort(names)
	return names
}

// Replay answers with the recording. If same, the request must be the recorded
// one: the method, the path once decoded, the query and the body once parsed.
func Replay(t *testing.T, r Recording, same bool) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, got *http.Request) {
		body, _ := io.ReadAll(got.Body)
		if same {
			recorded, err := url.Parse(r.Request.Path)
			if err != nil {
				t.Errorf("recorded path: %v", err)
				return
			}
			if got.Method != r.Request.Method || got.URL.Path != recorded.Path {
				t.Errorf("asked %s %s, recorded %s %s", got.Method, got.URL.Path, r.Request.Method, recorded.Path)
			}
			if diff := cmp.Diff(recorded.Query(), got.URL.Query()); diff != "" {
				t.Errorf("query: -recorded +sent:\n%s", diff)
			}
			if diff := cmp.Diff(parsed(r.Request.Body), parsed(string(body))); diff != "" {
				t.Errorf("request body: -recorded +sent:\n%s", diff)
			}
		}
		w.Header().Set("Content-Type", r.Response.ContentType)
		for name, value := range r.Response.Headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(r.Response.Status)
		_, _ = io.WriteString(w, r.Response.Body)
	}
}

func parsed(body string) any {
	var v any
	if json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&v) != nil {
		return body
	}
	return v
}

// Outcome is what a caller sees of a call: the value, or the parts of the error.
type Outcome struct {
	Value  any
	Class  failure.Class
	Status int
	Detail string
	Sent   bool
}

// OutcomeOf takes what a call returned apart.
func OutcomeOf(value any, err error) Outcome {
	if err == nil {
		return Outcome{Value: value}
	}
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok {
		return Outcome{Detail: "not a failure.Error: " + err.Error()}
	}
	return Outcome{Class: fe.Class, Status: fe.Status, Detail: fe.Detail, Sent: fe.Sent}
}

// EachRecording replays each recording in testdata as the subtest of its name,
// with the case that has that name too. Of both there must be as many.
func EachRecording[C any](t *testing.T, cases map[string]C, test func(t *testing.T, name string, r Recording, c C)) {
	t.Helper()
	for name := range cases {
		Load(t, name) // a case without its recording tests nothing
	}
	for _, name := range Names(t) {
		c, ok := cases[name]
		if !ok {
			t.Errorf("the recording %s is in no test", name)
			continue
		}
		t.Run(name, func(t *testing.T) { test(t, name, Load(t, name), c) })
	}
}
