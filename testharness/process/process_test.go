//go:build unix

package process_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestStartWaitsUntilReady(t *testing.T) {
	p, address := start(t, "echo")
	if err := answers(address)(within(t)); err != nil {
		t.Errorf("the process was said to be ready: %v", err)
	}
	if p.State() != process.Running || !alive(t, p.PID()) {
		t.Errorf("state = %s, pid = %d", p.State(), p.PID())
	}
	if !strings.Contains(p.Log(), "serving as") {
		t.Errorf("log = %q, want the program's output", p.Log())
	}
}

func TestKillAndRestartOnTheSameAddress(t *testing.T) {
	p, address := start(t, "echo")
	first, exited := p.PID(), p.Exited()

	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-exited:
	default:
		t.Error("Kill returned before the process had ended")
	}
	if p.State() != process.Exited || alive(t, first) {
		t.Errorf("after Kill: state %s, alive %t", p.State(), alive(t, first))
	}
	failed, ok := errors.AsType[*exec.ExitError](p.Err())
	if !ok || failed.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("Err = %v, want the end by SIGKILL", p.Err())
	}
	if err := p.Kill(); err != nil {
		t.Errorf("killing what is dead: %v, want no error", err)
	}
	if err := answers(address)(within(t)); err == nil {
		t.Error("a dead process answers")
	}

	if err := p.Restart(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := answers(address)(within(t)); err != nil || p.PID() == first {
		t.Errorf("after Restart: %v, pid %d", err, p.PID())
	}
	if strings.Count(p.Log(), "serving as") != 2 || !strings.Contains(p.Log(), "--- restarted") {
		t.Errorf("log = %q, want both runs and what lies between", p.Log())
	}
	if err := p.Restart(within(t)); err != nil {
		t.Errorf("restarting what runs: %v", err)
	}
}

func TestHangLeavesConnectionsOpenAndAnswersNobody(t *testing.T) {
	p, address := start(t, "echo")
	conn, err := (&net.Dialer{}).DialContext(within(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := ask(conn); err != nil {
		t.Fatal(err)
	}

	for range 2 { // twice: hanging what hangs is no error
		if err := p.Hang(); err != nil {
			t.Fatal(err)
		}
	}
	if p.State() != process.Hung {
		t.Errorf("state = %s, want hung", p.State())
	}
	if _, err := conn.Write([]byte("hello?\n")); err != nil {
		t.Errorf("the connection is gone: %v", err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v; want silence", n, err)
	}
	other, err := (&net.Dialer{}).DialContext(within(t), "tcp", address)
	if err != nil {
		t.Errorf("the kernel accepts for a hung process: %v", err)
	} else {
		_ = other.Close()
	}

	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, len("hello?\n"))
	if _, err := conn.Read(answer); err != nil || string(answer) != "hello?\n" {
		t.Errorf("after Resume: %q, %v; want the late answer", answer, err)
	}
	if p.State() != process.Running {
		t.Errorf("state = %s, want running", p.State())
	}
}

func TestTerminate(t *testing.T) {
	cases := map[string]struct {
		reason string
		role   string
		grace  time.Duration
		before func(*process.Process) error
		killed bool
	}{
		"Orderly": {
			reason: "A program that minds SIGTERM ends by itself with status 0.",
			role:   "echo", grace: 10 * time.Second,
		},
		"Hung": {
			reason: "A hung program is resumed, so that it can end.",
			role:   "echo", grace: 10 * time.Second, before: (*process.Process).Hang,
		},
		"Stubborn": {
			reason: "A program that does not end within the grace is killed, and that is an error.",
			role:   "stubborn", grace: 50 * time.Millisecond, killed: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, _ := start(t, tc.role)
			if tc.before != nil {
				if err := tc.before(p); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Terminate(tc.grace); (err != nil) != tc.killed {
				t.Errorf("%s\nTerminate = %v", tc.reason, err)
			}
			if p.State() != process.Exited || (p.Err() != nil) != tc.killed {
				t.Errorf("%s\nstate = %s, Err = %v", tc.reason, p.State(), p.Err())
			}
			if err := p.Terminate(tc.grace); err != nil {
				t.Errorf("terminating what has ended: %v, want no error", err)
			}
		})
	}
}

func TestStartFails(t *testing.T) {
	never := func(context.Context) error { return errors.New("not yet") }
	cases := map[string]struct {
		reason string
		path   string
		role   string
		ready  func(context.Context) error
		want   []string
		exited bool
	}{
		"NoProgram": {
			reason: "What cannot be run is told by name.",
			path:   "/nowhere/to/be/found", want: []string{"start thing", "/nowhere/to/be/found"},
		},
		"EndsBeforeReady": {
			reason: "A program that ends is not waited for, and its last words are in the error, escaped.",
			path:   os.Args[0], role: "fail", ready: never, exited: true,
			want: []string{"thing ended before it was ready", "exit status 3", `cannot open the \x1b[31mdatabase`},
		},
		"NeverReady": {
			reason: "Waiting ends at the deadline, with the condition's last error.",
			path:   os.Args[0], role: "echo", ready: never,
			want: []string{"waiting for thing to be ready", "not yet"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			bound := 10 * time.Second
			if name == "NeverReady" {
				bound = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), bound)
			defer cancel()
			p, err := process.Start(ctx, process.Spec{
				Name: "thing", Path: tc.path, Args: []string{"127.0.0.1:0"}, Env: environment(tc.role), Ready: tc.ready,
			})
			if err == nil {
				_ = p.Close()
				t.Fatalf("%s\nStart succeeded", tc.reason)
			}
			if _, ok := errors.AsType[*process.ExitedError](err); ok != tc.exited {
				t.Errorf("%s\nan ExitedError: %t, want %t", tc.reason, ok, tc.exited)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s\nerror %q does not contain %q", tc.reason, err, want)
				}
			}
		})
	}
}

func TestFaultsNeedARunningProcess(t *testing.T) {
	p, _ := start(t, "echo")
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]func() error{"Hang": p.Hang, "Resume": p.Resume} {
		if err := fault(); !errors.Is(err, process.ErrNotRunning) {
			t.Errorf("%s = %v, want ErrNotRunning", name, err)
		}
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if err := p.Restart(within(t)); !errors.Is(err, process.ErrClosed) {
		t.Errorf("Restart after Close = %v, want ErrClosed", err)
	}
}

func TestTheLogIsBoundedAndKeepsTheEnd(t *testing.T) {
	var all countingWriter
	p, err := process.Start(within(t), process.Spec{Name: "talkative", Path: os.Args[0], Env: environment("talkative"), Log: &all})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	select {
	case <-p.Exited():
	case <-within(t).Done():
		t.Fatal("the program does not end")
	}
	if log := p.Log(); len(log) != process.MaxLog || !strings.HasSuffix(log, "the end\n") {
		t.Errorf("%d bytes that end in %q", len(log), log[max(0, len(log)-20):])
	}
	if want := countingWriter(4*process.MaxLog + len("the end\n")); all != want {
		t.Errorf("the other writer got %d bytes, want all %d", all, want)
	}
}

type countingWriter int

func (w *countingWriter) Write(b []byte) (int, error) {
	*w += countingWriter(len(b))
	return len(b), errors.New("a full disk is the writer's own problem")
}

func TestGoneFromOutside(t *testing.T) {
	p, _ := start(t, "echo")
	if err := syscall.Kill(p.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(within(t), "the state to tell", func() (bool, error) { return p.State() == process.Exited, nil }); err != nil {
		t.Error(err)
	}
}
