//go:build unix

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// patience is how long a test waits for what must happen. It is no promise.
const patience = 30 * time.Second

// binary writes a program beside path and moves it there: this test binary in a
// mode and with a label.
func binary(t *testing.T, path, mode, label string) {
	t.Helper()
	script := fmt.Sprintf("#!/bin/sh\n%s=%s LABEL=%s exec '%s'\n", modeVariable, mode, label, os.Args[0])
	if err := errors.Join(os.WriteFile(path+".new", []byte(script), 0o755), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// mortals starts a supervisor of a program in a directory of its own.
func mortals(t *testing.T, config mortalConfig, change func(*Options)) (*Supervisor, Spec, chan Event) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	binary(t, path, "plugin", "one")
	if config.Diary == "" {
		config.Diary = filepath.Join(filepath.Dir(path), "diary")
	}
	events := make(chan Event, 200)
	opts := Options{Events: events, Spec: Spec{
		Options: plugin.Options{
			Path: path, Env: []string{"GORACE=atexit_sleep_ms=0 halt_on_error=1"},
			StartTimeout: patience, CloseTimeout: patience / 2,
		},
		Config: config.json(), Timeout: patience,
	}}
	if change != nil {
		change(&opts)
	}
	s, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pid := s.PID()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if pid != 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			t.Errorf("process %d is there after Close", pid)
		}
	})
	return s, opts.Spec, events
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// event waits for an event of that type.
func event(t *testing.T, events chan Event, want EventType) Event {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e := <-events:
			if e.Type == want {
				return e
			}
		case <-timeout:
			t.Fatalf("there was no %s", want)
		}
	}
}

func diaryOf(t *testing.T, spec Spec) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(spec.Options.Path), "diary"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// A process that is killed again and again is there again each time, until the
// budget is spent.
func TestRealCrashes(t *testing.T) {
	s, spec, events := mortals(t, mortalConfig{}, func(o *Options) { o.Spec.Budget.Max = 3 })
	for n := uint64(1); n <= 4; n++ {
		_, from, err := s.ObserveFrom(within(t))
		if err != nil || from != n {
			t.Fatalf("generation %d: %d, %v", n, from, err)
		}
		killed := time.Now()
		if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		down := event(t, events, EventDown)
		if !strings.Contains(down.Err.Error(), "signal: killed") {
			t.Errorf("down: %v", down.Err)
		}
		// It is to be known in 100 ms; the machine has others to serve.
		if took := down.Time.Sub(killed); took > 2*time.Second {
			t.Errorf("known after %s", took)
		}
	}
	event(t, events, EventFailed)
	_, err := s.Observe(within(t))
	if !strings.Contains(fmt.Sprint(err), "stays down") {
		t.Errorf("%v", err)
	}
	if err := s.Reload(within(t), spec); err != nil {
		t.Fatal(err)
	}
	if _, from, err := s.ObserveFrom(within(t)); err != nil || from != 5 {
		t.Errorf("after the reload: %d, %v", from, err)
	}
}

// An action during which the process dies is of unknown effect, says why, and is
// never done again.
func TestRealDeathInAnAction(t *testing.T) {
	cases := map[string]string{"exit": "the disk is gone", "panic": "lost my head"}
	for name, words := range cases {
		t.Run(name, func(t *testing.T) {
			s, spec, events := mortals(t, mortalConfig{}, nil)
			action := protocol.Action{Name: name, ID: "once"}
			for range 3 {
				_, err := s.Act(within(t), action)
				e, ok := errors.AsType[*protocol.Error](err)
				if !ok || e.Code != protocol.Unavailable || e.Effect != protocol.EffectUnknown || !strings.Contains(e.Message, words) || strings.Contains(e.Message, "\x1b") {
					t.Errorf("%v", err)
				}
			}
			if down := event(t, events, EventDown); !strings.Contains(down.Err.Error(), words) {
				t.Errorf("down: %v", down.Err)
			}
			event(t, events, EventRunning)
			if _, err := s.Act(within(t), action); protocol.EffectOf(err) != protocol.EffectUnknown {
				t.Errorf("by the next process: %v", err)
			}
			if _, err := s.Act(within(t), protocol.Action{Name: "mend", ID: "another"}); err != nil {
				t.Error(err)
			}
			compare(t, "what was done", name+" once\nmend another\n", diaryOf(t, spec))
		})
	}
}

// A binary that was spoilt on disk is noticed when the process dies; one that is
// put back serves those who wait.
func TestRealBinarySpoilt(t *testing.T) {
	s, spec, events := mortals(t, mortalConfig{}, nil)
	binary(t, spec.Options.Path, "exits", "none")
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	observed := make(chan error, 1)
	go func() {
		o, err := s.Observe(within(t))
		if err == nil && o.Summary != "two" {
			err = errors.New("observed by " + o.Summary)
		}
		observed <- err
	}()
	event(t, events, EventDown)
	if down := event(t, events, EventDown); !strings.Contains(down.Err.Error(), "cannot find my library") {
		t.Errorf("down: %v", down.Err)
	}
	binary(t, spec.Options.Path, "plugin", "two")
	if err := <-observed; err != nil {
		t.Error(err)
	}
}

// Close is bounded, be the process stopped, during a reload, or with calls in
// flight.
func TestRealCloseIsBounded(t *testing.T) {
	const bound = 2 * time.Second
	s, spec, _ := mortals(t, mortalConfig{}, func(o *Options) { o.Spec.Options.CloseTimeout = bound })
	if err := syscall.Kill(s.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	calls.Go(func() {
		if _, err := s.Observe(within(t)); err == nil {
			t.Error("a stopped process has observed")
		}
	})
	calls.Go(func() {
		if err := s.Reload(within(t), spec); err == nil {
			time.Sleep(time.Millisecond) // it was quick, and is being drained
		}
	})
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*bound+patience/6 {
		t.Errorf("took %s", took)
	}
	calls.Wait()
}
