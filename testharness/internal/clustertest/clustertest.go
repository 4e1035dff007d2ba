// Package clustertest is what the tests of clusters have in common.
package clustertest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// Within is the test's context for half a minute.
func Within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// Until waits for a condition as [wait.For] does, and fails the test where it is
// never met.
func Until(t *testing.T, what string, condition func() (bool, error)) {
	t.Helper()
	if err := wait.For(Within(t), what, condition); err != nil {
		t.Fatal(err)
	}
}

// Call makes one HTTP request, whatever the status of its answer, and decodes
// that from JSON into v where it is not nil; a *string takes it as it is.
func Call(t *testing.T, method, url, body string, v any) (status int, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Close = true
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	switch v := v.(type) {
	case nil:
	case *string:
		*v = string(answer)
	default:
		err = errors.Join(err, json.Unmarshal(answer, v))
	}
	return resp.StatusCode, err
}

// Refused is a start that must fail.
type Refused struct {
	Reason string
	// Env is set for the start.
	Env map[string]string
	// Want is in the error.
	Want string
	// Left is a pattern of files that must not be left.
	Left string
}

// Check starts a cluster.
func (r Refused) Check(t *testing.T, start func(context.Context) (io.Closer, error)) {
	t.Helper()
	for name, value := range r.Env {
		t.Setenv(name, value)
	}
	c, err := start(Within(t))
	if err == nil {
		_ = c.Close()
		t.Fatalf("%s\nStart succeeded", r.Reason)
	}
	if !strings.Contains(err.Error(), r.Want) {
		t.Errorf("%s\nerror = %v, want %q in it", r.Reason, err, r.Want)
	}
	left, err := filepath.Glob(r.Left)
	if err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
