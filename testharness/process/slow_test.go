//go:build unix

package process_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// refused checks that nobody listens, not even a kernel for a stopped program.
func refused(t *testing.T, address string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial %s = %v, want connection refused", address, err)
	}
}

func TestStartHung(t *testing.T) {
	p, address := start(t, "echo")
	// More than once: the program must never win the race to its first word.
	for range 5 {
		first, said := p.PID(), strings.Count(p.Log(), "serving as")
		if err := p.StartHung(within(t)); err != nil {
			t.Fatal(err)
		}
		if p.State() != process.Hung || p.PID() == first || alive(t, first) {
			t.Errorf("state %s, pid %d after %d: want another process, hung", p.State(), p.PID(), first)
		}
		refused(t, address)
		if got := strings.Count(p.Log(), "serving as"); got != said {
			t.Error("the program ran")
		}
		if err := p.AwaitReady(within(t)); err != nil {
			t.Fatal(err)
		}
		if p.State() != process.Running {
			t.Errorf("state = %s, want running", p.State())
		}
		if err := answers(address)(within(t)); err != nil {
			t.Errorf("it was said to be ready: %v", err)
		}
	}
}

func TestWhatCanBeDoneToAProcessHungAtItsStart(t *testing.T) {
	cases := map[string]struct {
		reason string
		do     func(p *process.Process) error
		want   process.State
	}{
		"Resume":    {"It begins, and nobody waits for it.", func(p *process.Process) error { return p.Resume() }, process.Running},
		"Kill":      {"SIGKILL needs no running process.", func(p *process.Process) error { return p.Kill() }, process.Exited},
		"Restart":   {"The next one begins at once.", func(p *process.Process) error { return p.Restart(t.Context()) }, process.Running},
		"StartHung": {"The next one hangs too.", func(p *process.Process) error { return p.StartHung(t.Context()) }, process.Hung},
		"Hang":      {"It does.", func(p *process.Process) error { return p.Hang() }, process.Hung},
		"Close":     {"Nothing is left.", func(p *process.Process) error { return p.Close() }, process.Exited},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, _ := start(t, "echo")
			if err := p.StartHung(within(t)); err != nil {
				t.Fatal(err)
			}
			if err := tc.do(p); err != nil {
				t.Fatal(err)
			}
			if p.State() != tc.want {
				t.Errorf("%s\nstate = %s, want %s", tc.reason, p.State(), tc.want)
			}
		})
	}
}

func TestStartHungRefuses(t *testing.T) {
	p, _ := start(t, "echo")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	pid := p.PID()
	if err := p.StartHung(ended); !errors.Is(err, context.Canceled) || !alive(t, pid) {
		t.Errorf("StartHung of an ended context = %v, alive %t: want nothing done", err, alive(t, pid))
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := p.AwaitReady(within(t)); !errors.Is(err, process.ErrNotRunning) {
		t.Errorf("AwaitReady of a dead process = %v, want ErrNotRunning", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.StartHung(within(t)); !errors.Is(err, process.ErrClosed) {
		t.Errorf("StartHung after Close = %v, want ErrClosed", err)
	}
}
