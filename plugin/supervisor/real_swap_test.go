//go:build unix

package supervisor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Replacing the binary under load: no observation fails, and no action is done
// twice.
func TestRealSwapUnderLoad(t *testing.T) {
	s, spec, events := mortals(t, mortalConfig{Observe: "slow"}, nil)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var load sync.WaitGroup
	var observed atomic.Int64
	for range 8 {
		load.Go(func() {
			for ctx.Err() == nil {
				if _, err := s.Observe(within(t)); err != nil {
					t.Error(err)
				}
				observed.Add(1)
			}
		})
	}
	for n := range 4 {
		label := fmt.Sprintf("swap%d", n)
		before := observed.Load()
		binary(t, spec.Options.Path, "plugin", label)
		outcome, err := s.Act(within(t), protocol.Action{Name: "mend", ID: label})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(within(t), spec); err != nil {
			t.Fatal(err)
		}
		if o, err := s.Observe(within(t)); err != nil || o.Summary != label {
			t.Errorf("after the reload: %q, %v", o.Summary, err)
		}
		again, err := s.Act(within(t), protocol.Action{Name: "mend", ID: label})
		if err != nil || again.Message != outcome.Message {
			t.Errorf("the same ID: %q and then %q, %v", outcome.Message, again.Message, err)
		}
		for observed.Load() < before+20 {
			time.Sleep(time.Millisecond)
		}
	}
	stop()
	load.Wait()
	compare(t, "what was done", "mend swap0\nmend swap1\nmend swap2\nmend swap3\n", diaryOf(t, spec))
	for _, line := range said(events) {
		if strings.HasPrefix(line, string(EventDown)) {
			t.Error(line)
		}
	}
}

// A new binary that is no good leaves the old one serving.
func TestRealSwapRefused(t *testing.T) {
	s, good, events := mortals(t, mortalConfig{}, nil)
	dir := t.TempDir()
	cases := map[string]struct {
		reason string
		spec   func(path string) Spec
		want   []string
	}{
		"exits":          {"its last words are told", mode(t, good, "exits"), []string{"start plugin", "exit status 3", "cannot find my library"}},
		"protocol":       {"a plugin of another version", mode(t, good, "protocol"), []string{"start plugin"}},
		"config":         {"one that does not take the configuration", with(t, good, mortalConfig{Refuse: true}), []string{"configure", "refuse: as told"}},
		"observe":        {"one that does not observe", with(t, good, mortalConfig{Observe: "fail"}), []string{"observe", "told to fail"}},
		"not executable": {"what is no program", func(path string) Spec { write(t, path, 0o600); return at(good, path) }, []string{"chmod +x"}},
		"no program":     {"what the system does not run", func(path string) Spec { write(t, path, 0o755); return at(good, path) }, []string{"start plugin"}},
		"missing":        {"what is not there", func(path string) Spec { return at(good, path) }, []string{"start plugin", "build or install it"}},
	}
	pid := s.PID()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := s.Reload(within(t), c.spec(filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))))
			for _, want := range append(c.want, "reload: ") {
				if !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("%s: %v", c.reason, err)
				}
			}
			if e := event(t, events, EventSwapRefused); e.Err.Error() != err.Error() {
				t.Errorf("the event says %v", e.Err)
			}
			if _, from, err := s.ObserveFrom(within(t)); err != nil || from != 1 || s.PID() != pid {
				t.Errorf("%s: generation %d, process %d, %v", c.reason, from, s.PID(), err)
			}
		})
	}
}

func at(spec Spec, path string) Spec {
	spec.Options.Path = path
	return spec
}

func mode(t *testing.T, good Spec, name string) func(string) Spec {
	t.Helper()
	return func(path string) Spec { binary(t, path, name, "bad"); return at(good, path) }
}

func with(t *testing.T, good Spec, config mortalConfig) func(string) Spec {
	t.Helper()
	return func(path string) Spec {
		binary(t, path, "plugin", "bad")
		good.Config = config.json()
		return at(good, path)
	}
}

func write(t *testing.T, path string, perm os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte("\x7fELF, but not really"), perm); err != nil {
		t.Fatal(err)
	}
}
