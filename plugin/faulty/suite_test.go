//go:build linux && conformance

package faulty_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// suite is how a tank is tried.
func suite(t *testing.T, mode string) subjecttest.Suite {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tank")
	config := func(file string) json.RawMessage {
		raw, err := json.Marshal(tankConfig{File: file})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	full := func(context.Context) error { return os.WriteFile(file, []byte(strconv.Itoa(2*brim)), 0o600) }
	if err := full(t.Context()); err != nil {
		t.Fatal(err)
	}
	opts := options(mode)
	return subjecttest.Suite{
		Start:   plugintest.Binary(opts),
		Config:  config(file),
		Down:    config(file + ".none"),
		Wrong:   []subjecttest.WrongConfig{{Name: "empty", Config: config(""), Paths: []string{"file"}}},
		Actions: map[string]subjecttest.Example{"drain": {Params: json.RawMessage(`{"valves":2}`), Before: full}},
		Probe: func(context.Context) (string, error) {
			raw, err := os.ReadFile(file)
			return string(raw), err
		},
		Extra:    plugintest.ProcessChecks(opts),
		Slack:    slack,
		Patience: 5 * time.Second,
	}
}

// The suite passes a subject without a fault, so that what it finds in the
// others is the fault.
func TestSuitePasses(t *testing.T) {
	subjecttest.Test(t, suite(t, "good"))
}

// The suite finds every fault with which a plugin is served and that is not for
// the boundary to put up with, and names the promise that is broken.
func TestSuiteFindsFaults(t *testing.T) {
	t.Parallel()
	for _, mode := range modes(func(f fault) bool { return f.check != "" && !f.stray }) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			f := faults[mode]
			s := suite(t, mode)
			s.Only = func(c subjecttest.Check) bool { return c.Name == f.check }
			s.Patience = 2 * time.Second
			report := subjecttest.Run(t.Context(), s, nil)
			if len(report.Results) != 1 {
				t.Fatalf("there are %d checks %s", len(report.Results), f.check)
			}
			result := report.Results[0]
			t.Log(result.Message)
			if result.Status != subjecttest.Failed {
				t.Errorf("%s: %s has %s", f.reason, f.check, result.Status)
			}
		})
	}
}
