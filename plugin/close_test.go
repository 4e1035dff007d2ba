//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestClose(t *testing.T) {
	path := diary(t)
	subject, p := load(t, fakeConfig{Diary: path})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if exists(p.PID()) {
				t.Errorf("process %d is there after Close", p.PID())
			}
		})
	}
	wg.Wait()
	compare(t, "the subject was closed, once, before its process ended", []string{"opened", "closed"}, entries(t, path))

	_, err := subject.Observe(within(t, patience))
	compare(t, "observe", protocol.FailedPrecondition, protocol.CodeOf(err))
	_, err = subject.Act(within(t, patience), protocol.Action{Name: "echo"})
	compare(t, "act", protocol.FailedPrecondition, protocol.CodeOf(err))
	compare(t, "the effect of it", protocol.EffectNone, protocol.EffectOf(err))
	_, err = p.Definition().Open(within(t, patience), nil)
	compare(t, "open", protocol.FailedPrecondition, protocol.CodeOf(err))
}

func TestCloseWithoutASubject(t *testing.T) {
	nothingLeft(t)
	p, err := plugin.Launch(t.Context(), pluginOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsCallsInFlight(t *testing.T) {
	path := diary(t)
	subject, p := load(t, fakeConfig{Observe: "hang", Diary: path})
	done := make(chan error)
	go func() {
		_, err := subject.Observe(within(t, patience))
		done <- err
	}()
	waitForEntry(t, path, "observing")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	err := <-done
	compare(t, "the call's error", protocol.FailedPrecondition, protocol.CodeOf(err))
	if errors.Is(err, context.Canceled) {
		t.Errorf("nobody canceled the call: %v", err)
	}
}

// Whatever the plugin does, Close ends it within its bound and a bit.
func TestCloseIsBounded(t *testing.T) {
	tests := map[string]struct {
		reason string
		config fakeConfig
		call   bool // observe, in the background
		spoil  func(t *testing.T, p *plugin.Plugin)
		closed bool // the subject itself was closed
	}{
		"Frozen":      {"A process that is stopped answers nothing.", fakeConfig{}, false, func(t *testing.T, p *plugin.Plugin) { t.Helper(); freeze(t, p.PID()) }, false},
		"Stuck":       {"A call that ignores its context does not hold the process.", fakeConfig{Observe: "stuck"}, true, nil, true},
		"Unstoppable": {"Nor does a process that ignores signals.", fakeConfig{Observe: "unstoppable"}, true, nil, true},
		"HangsInClose": {
			"A subject that does not close is ended without.", fakeConfig{Close: "hang"}, false, nil, false,
		},
		"Grandchild": {"What the plugin has started is ended with it.", fakeConfig{Observe: "grandchild"}, true, nil, true},
		"OwnSession": {"What has left its group is not waited for.", fakeConfig{Observe: "own_session"}, true, nil, true},
		"Dead": {
			"A process that has ended already is no error.",
			fakeConfig{},
			false,
			func(t *testing.T, p *plugin.Plugin) {
				t.Helper()
				if err := kill(p.PID()); err != nil {
					t.Fatal(err)
				}
			}, false,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			const bound = 2 * time.Second
			tc.config.Diary = diary(t)
			subject, p := load(t, tc.config, func(o *plugin.Options) { o.CloseTimeout = bound; o.Logger = hostLogger(t) })
			var call sync.WaitGroup
			if tc.call {
				call.Go(func() { _, _ = subject.Observe(within(t, patience)) })
				eventually(t, "the call has begun", func() bool { return len(entries(t, tc.config.Diary)) > 1 })
			}
			if tc.spoil != nil {
				tc.spoil(t, p)
			}
			start := time.Now()
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > bound+patience/6 {
				t.Errorf("%s: took %s", tc.reason, took)
			}
			if exists(p.PID()) {
				t.Errorf("%s: process %d is there", tc.reason, p.PID())
			}
			call.Wait()
			compare(t, "the subject was closed", tc.closed, slices.Contains(entries(t, tc.config.Diary), "closed"))
			grandchildIsGone(t, tc.config)
		})
	}
}

// grandchildIsGone checks that Close has ended the grandchild, or ends it where
// it is out of Close's reach.
func grandchildIsGone(t *testing.T, config fakeConfig) {
	t.Helper()
	if config.Observe != "grandchild" && config.Observe != "own_session" {
		return
	}
	pid, err := strconv.Atoi(strings.TrimPrefix(waitForEntry(t, config.Diary, "grandchild "), "grandchild "))
	if err != nil {
		t.Fatal(err)
	}
	if config.Observe == "own_session" {
		if err := kill(pid); err != nil {
			t.Errorf("the grandchild should have lived: %v", err)
		}
	}
	eventually(t, "the grandchild is gone", func() bool { return ended(pid) })
}

// A host that is killed cannot end its plugin; the plugin ends itself, properly.
func TestHostIsKilled(t *testing.T) {
	nothingLeft(t)
	config := fakeConfig{Diary: diary(t)}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"=host", "HOST_CONFIG="+string(config.json()))
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitForEntry(t, config.Diary, "opened")
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	waitForEntry(t, config.Diary, "closed")
	eventually(t, "the socket's directory is gone", func() bool {
		left, err := os.ReadDir(os.TempDir())
		return err == nil && !slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "plugin-dir") })
	})
}
