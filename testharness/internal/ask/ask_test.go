package ask_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
)

// mirror answers with the request, by the status that its query says.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.RawQuery == "busy" {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "not now\x1b")
		return
	}
	_, _ = io.WriteString(w, `{"method":"`+r.Method+`","body":`+string(append(body, `{}`...)[:max(len(body), 2)])+`}`)
}

func TestAsk(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(mirror))
	defer server.Close()
	type answer struct {
		Method string         `json:"method"`
		Body   map[string]int `json:"body"`
	}
	var got answer
	if err := ask.JSON(t.Context(), server.URL, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer{"GET", map[string]int{}}, got); diff != "" {
		t.Errorf("a GET has no body: -want +got:\n%s", diff)
	}
	if err := ask.Send(t.Context(), "PUT", server.URL, map[string]int{"a": 1}, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answer{"PUT", map[string]int{"a": 1}}, got); diff != "" {
		t.Errorf("a body is sent as JSON: -want +got:\n%s", diff)
	}
	if err := ask.JSON(t.Context(), server.URL, new([]string)); err == nil || !strings.Contains(err.Error(), server.URL) {
		t.Errorf("an answer of another type: %v", err)
	}
	body, err := ask.Get(t.Context(), server.URL+"?busy")
	status, ok := errors.AsType[*ask.StatusError](err)
	if !ok || status.Status != http.StatusServiceUnavailable || string(body) != "not now\x1b" {
		t.Fatalf("got %q, %v", body, err)
	}
	if want := "GET " + server.URL + `?busy: status 503: "not now\x1b"`; err.Error() != want {
		t.Errorf("got %s, want %s", err, want)
	}
}
