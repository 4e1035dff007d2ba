//go:build unix

package plugin_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// patience is how long a test waits for what must happen. It is no promise.
const patience = 30 * time.Second

// pluginOptions start this test binary as a plugin.
func pluginOptions() plugin.Options {
	return plugin.Options{
		Path: os.Args[0],
		Env: []string{
			modeVariable + "=plugin",
			"GORACE=atexit_sleep_ms=0 halt_on_error=1", // end at once, and not unnoticed if there was a race
		},
		StartTimeout: patience,
		CloseTimeout: patience,
	}
}

// nothingLeft checks, when the test is over, that it leaves no goroutine and no
// socket. Call it first.
func nothingLeft(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		for _, pattern := range []string{"plugin*", "operator-*"} {
			if left, err := filepath.Glob(filepath.Join(os.TempDir(), pattern)); err != nil || len(left) > 0 {
				t.Errorf("left in %s: %v, %v", os.TempDir(), left, err)
			}
		}
		goleak.VerifyNone(t)
	})
}

// load loads the fake subject and closes it when the test is over.
func load(t *testing.T, config fakeConfig, change ...func(*plugin.Options)) (protocol.Subject, *plugin.Plugin) {
	t.Helper()
	nothingLeft(t)
	opts := pluginOptions()
	for _, c := range change {
		c(&opts)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	subject, p, err := plugin.Load(ctx, opts, config.json())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if exists(p.PID()) {
			t.Errorf("process %d is there after Close", p.PID())
		}
	})
	return subject, p
}

// within is a context for one call.
func within(t *testing.T, bound time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	t.Cleanup(cancel)
	return ctx
}

// diary makes the path of a diary.
func diary(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "diary")
}

// entries reads a diary.
func entries(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(raw), func(r rune) bool { return r == '\n' })
}

// waitForEntry waits until a diary has an entry that begins so, and returns it.
func waitForEntry(t *testing.T, path, prefix string) string {
	t.Helper()
	var found string
	eventually(t, "the diary says "+prefix, func() bool {
		all := entries(t, path)
		i := slices.IndexFunc(all, func(e string) bool { return strings.HasPrefix(e, prefix) })
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	return found
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// stateOf observes and decodes the state.
func stateOf[T any](t *testing.T, subject protocol.Subject) T {
	t.Helper()
	o, err := subject.Observe(within(t, patience))
	if err != nil {
		t.Fatal(err)
	}
	return decode[T](t, o.State)
}

func decode[T any](t *testing.T, raw json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func compare[T any](t *testing.T, what string, want, got T, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// hostLogger is for what a host would see of the boundary, if a test fails.
func hostLogger(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}
