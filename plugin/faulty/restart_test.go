//go:build linux

package faulty_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// supervised starts a supervisor of a mode, whose events it returns.
func supervised(t *testing.T, opts plugin.Options, budget int, level int) (*supervisor.Supervisor, chan supervisor.Event) {
	t.Helper()
	events := make(chan supervisor.Event, 10*cycles+100)
	s, err := supervisor.Start(t.Context(), supervisor.Options{
		Spec: supervisor.Spec{
			Options: opts, Config: tankWith(t, level), Timeout: patience,
			Budget: supervisor.Budget{Max: budget, Within: time.Hour},
		},
		Backoff: supervisor.Backoff{First: time.Millisecond, Max: time.Millisecond},
		Events:  events,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, events
}

func drain(id string) protocol.Action {
	return protocol.Action{Name: "drain", ID: id, Params: json.RawMessage(`{"valves":1}`)}
}

// A plugin that dies under a call is replaced: an observation is made on the
// next process, an action is not sent again.
func TestRestart(t *testing.T) {
	for _, mode := range modes(func(f fault) bool { return f.dies && (f.at == atObserve || f.at == atAct) }) {
		t.Run(mode, func(t *testing.T) {
			check := nothingLeft(t)
			f := faults[mode]
			opts := options(mode)
			opts.Env = append(opts.Env, onceVariable+"="+filepath.Join(t.TempDir(), "once"))
			s, _ := supervised(t, opts, 3, brim+10)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if f.at == atAct {
				_, err := s.Act(ctx, drain("1"))
				if protocol.CodeOf(err) != protocol.Unavailable || protocol.EffectOf(err) != protocol.EffectUnknown {
					t.Errorf("the action whose process died under it returned %v", err)
				}
				_, again := s.Act(ctx, drain("1"))
				if protocol.EffectOf(again) != protocol.EffectUnknown {
					t.Errorf("the same action again returned %v", again)
				}
			}
			o, from, err := s.ObserveFrom(ctx)
			if err != nil || from != 2 {
				t.Errorf("the observation is from generation %d: %v", from, err)
			}
			if got := o.Violations; len(got) != 1 {
				t.Errorf("the action was sent again, or never looked at: %v", got)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if f.stray {
				for _, pid := range survivors() {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
			check()
		})
	}
}

// One that dies every time stays down, and says so at once.
func TestStaysDown(t *testing.T) {
	for _, mode := range []string{"observe_exits", "observe_killed"} {
		t.Run(mode, func(t *testing.T) {
			check := nothingLeft(t)
			s, _ := supervised(t, options(mode), 3, 1)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var err error
			for s.State() != supervisor.Failed && ctx.Err() == nil {
				if _, err = s.Observe(ctx); err == nil {
					t.Fatal("an observation of a plugin that dies of each")
				}
			}
			_, err = s.Observe(ctx)
			if protocol.CodeOf(err) != protocol.Unavailable || !strings.Contains(err.Error(), "stays down") {
				t.Errorf("got %v", err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			check()
		})
	}
}

// Starts, crashes and restarts leave nothing.
func TestCycles(t *testing.T) {
	check := nothingLeft(t)
	done := 0
	for _, way := range []struct {
		mode  string
		crash func(ctx context.Context, s *supervisor.Supervisor)
	}{
		{"observe_exits", func(ctx context.Context, s *supervisor.Supervisor) { _, _ = s.Observe(ctx) }},
		{"observe_panics_apart", func(ctx context.Context, s *supervisor.Supervisor) { _, _ = s.Observe(ctx) }},
		{"observe_killed", func(ctx context.Context, s *supervisor.Supervisor) { _, _ = s.Observe(ctx) }},
		{"act_exits", func(ctx context.Context, s *supervisor.Supervisor) { _, _ = s.Act(ctx, drain(protocol.NewActionID())) }},
		{"child_in_group", killed}, // with what it has left
		{"good", killed},
	} {
		done += crashAgain(t, way.mode, cycles/8, way.crash)
	}
	for _, mode := range []string{"exits_at_start", "handshake_only", "junk_text", "configure_exits", "describe_nothing"} {
		for range cycles / 20 {
			if _, p, err := plugin.Load(t.Context(), options(mode), tankWith(t, 1)); err == nil {
				t.Fatal(errors.Join(errors.New(mode+" was loaded"), p.Close()))
			}
			done++
		}
	}
	for range cycles - done {
		loadGood(t)
		done++
	}
	t.Logf("%d cycles", done)
	check()
}

// killed observes and kills what has observed.
func killed(ctx context.Context, s *supervisor.Supervisor) {
	if _, err := s.Observe(ctx); err == nil {
		_ = syscall.Kill(s.PID(), syscall.SIGKILL)
	}
}

// crashAgain has processes die until so many have, and returns how many it were.
func crashAgain(t *testing.T, mode string, times int, crash func(context.Context, *supervisor.Supervisor)) (n int) {
	t.Helper()
	s, events := supervised(t, options(mode), 10*cycles, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	defer cancel()
	var pids []int
	for n < times && ctx.Err() == nil {
		crash(ctx, s)
		for len(events) > 0 {
			e := <-events
			if e.Type == supervisor.EventRunning {
				pids = append(pids, e.PID)
			}
			if e.Type == supervisor.EventDown {
				n++
			}
		}
	}
	if n < times {
		t.Errorf("%s: only %d crashes", mode, n)
	}
	if err := s.Close(); err != nil {
		t.Errorf("%s: %v", mode, err)
	}
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("%s: process %d is there after Close", mode, pid)
		}
	}
	return n
}
