//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"os"
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

// A call that is in flight has a moment to finish, and gets its real answer; a
// new one is refused at once.
func TestCloseLetsCallsFinish(t *testing.T) {
	path := diary(t)
	subject, p := load(t, fakeConfig{Observe: "until_told", Diary: path})
	done, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		o, err := subject.Observe(within(t, patience))
		if err == nil && len(o.Violations) == 0 {
			err = errors.New("an empty answer")
		}
		done <- err
	}()
	waitForEntry(t, path, "observing")
	go func() { closed <- p.Close() }()
	eventually(t, "new calls are refused", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := subject.Act(ctx, protocol.Action{Name: "echo"})
		return protocol.CodeOf(err) == protocol.FailedPrecondition && protocol.EffectOf(err) == protocol.EffectNone
	})
	if err := os.WriteFile(path+".go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("the call in flight: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	all := entries(t, path)
	compare(t, "the subject was closed afterwards", "closed", all[len(all)-1])
}

func TestCloseEndsCallsInFlight(t *testing.T) {
	path := diary(t)
	subject, p := load(t, fakeConfig{Observe: "hang", Diary: path}, func(o *plugin.Options) { o.CloseTimeout = time.Second })
	done, acted := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := subject.Observe(within(t, patience))
		done <- err
	}()
	go func() {
		_, err := subject.Act(within(t, patience), protocol.Action{Name: "stuck"})
		acted <- err
	}()
	waitForEntry(t, path, "observing")
	waitForEntry(t, path, "act stuck")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	err := <-done
	compare(t, "the call's error", protocol.FailedPrecondition, protocol.CodeOf(err))
	if errors.Is(err, context.Canceled) {
		t.Errorf("nobody canceled the call: %v", err)
	}
	err = <-acted
	compare(t, "the action's error", protocol.FailedPrecondition, protocol.CodeOf(err))
	compare(t, "its effect", protocol.EffectUnknown, protocol.EffectOf(err))
}

// A plugin in another language may have no service to be asked to end by. The
// end of its lifeline asks it.
func TestCloseWithoutGoPlugin(t *testing.T) {
	nothingLeft(t)
	opts := pluginOptions()
	asked := diary(t)
	opts.Env, opts.DisableMTLS = []string{modeVariable + "=without_goplugin", "ELSEWHERE=" + asked}, true
	p, err := plugin.Launch(within(t, patience), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	compare(t, "what it read before it ended", []string{"<nil>"}, entries(t, asked))
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
		"SystemCall":  {"Nor one that is stuck in a system call.", fakeConfig{Observe: "system_call"}, true, nil, true},
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
