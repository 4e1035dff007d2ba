//go:build unix

package plugin_test

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A death is known at once, whoever holds what the process had.
func TestDeath(t *testing.T) {
	tests := map[string]struct {
		reason  string
		observe string
		status  string
		words   string
		others  bool // it leaves a grandchild
	}{
		"Exits":        {"A process that ends.", "die", "exit status 7", "panic: a last word", false},
		"Group":        {"What it has left in its group goes with it.", "leaves", "exit status 8", "why it died", true},
		"Session":      {"What has left the group keeps nobody waiting.", "leaves_session", "exit status 8", "why it died", true},
		"HoldsSocket":  {"Nor if it holds the plugin's side of the connection.", "holds_socket", "exit status 8", "", true},
		"FloodAndDies": {"What it last wrote is known, however much was dropped.", "flood", "exit status 6", "why it died", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			log := &recorder{level: slog.LevelInfo}
			config := fakeConfig{Observe: tc.observe, Diary: diary(t), Bytes: 20_000}
			subject, p := load(t, config, func(o *plugin.Options) { o.Logger = slog.New(log) })
			if err := p.Err(); err != nil {
				t.Errorf("a living plugin has ended: %v", err)
			}
			called := make(chan error, 1)
			go func() {
				_, err := subject.Observe(within(t, patience))
				called <- err
			}()
			select {
			case <-p.Done():
			case <-time.After(patience):
				t.Fatalf("%s: its death is not known", tc.reason)
			}
			err := <-called
			for what, err := range map[string]error{"the call": err, "the plugin": p.Err()} {
				e, ok := errors.AsType[*protocol.Error](err)
				if !ok || e.Code != protocol.Unavailable || !strings.Contains(e.Message, tc.status) || !strings.Contains(e.Message, tc.words) {
					t.Errorf("%s: %s: got %v", tc.reason, what, err)
				}
			}
			eventually(t, "it is logged", func() bool {
				all := log.all()
				last := all[max(len(all)-1, 0):]
				return len(last) > 0 && strings.HasPrefix(last[0], "ERROR the plugin's process ended by itself") &&
					strings.Contains(last[0], tc.status) && strings.Contains(last[0], tc.words)
			})
			if tc.others {
				pid, err := strconv.Atoi(strings.TrimPrefix(waitForEntry(t, config.Diary, "grandchild "), "grandchild "))
				if err != nil {
					t.Fatal(err)
				}
				if tc.observe != "leaves" {
					if err := kill(pid); err != nil {
						t.Errorf("the grandchild should have lived: %v", err)
					}
				}
				eventually(t, "the grandchild is gone", func() bool { return ended(pid) })
			}
		})
	}
}

// The time from a process's end to the event is bounded, and so are the calls.
func TestDeathIsKnownSoon(t *testing.T) {
	path := diary(t)
	subject, p := load(t, fakeConfig{Diary: path})
	acted := make(chan error, 1)
	go func() {
		_, err := subject.Act(within(t, patience), protocol.Action{Name: "stuck"})
		acted <- err
	}()
	waitForEntry(t, path, "act stuck")
	start := time.Now()
	if err := kill(p.PID()); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	known := time.Since(start)
	err := <-acted
	if failed := time.Since(start); max(known, failed) > time.Second { // 100 ms, on a machine of its own
		t.Errorf("known after %s, the call failed after %s", known, failed)
	}
	t.Logf("known after %s", known)
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.Unavailable || e.Effect != protocol.EffectUnknown || !strings.Contains(e.Message, "signal: killed") {
		t.Errorf("got %#v", err)
	}
}
