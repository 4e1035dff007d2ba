//go:build unix

package main

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/registry"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

var build cluster.Build

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
}

func TestUsage(t *testing.T) {
	cases := map[string]struct {
		reason         string
		args           []string
		code           int
		stdout, stderr string // in the output
	}{
		"Help":     {"Help is what was asked for, so it is output.", []string{"--help"}, 0, "--listen ADDRESS", ""},
		"BadFlag":  {"A mistake is told on standard error, with where to look.", []string{"--default-limit=many"}, 2, "", "ratelimiterd --help"},
		"BadRedis": {"What cannot work ends with 1.", []string{"--listen=127.0.0.1:0", "--redis=http://:secret@x"}, 1, "", "--redis"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(tc.args, &stdout, &stderr)
			if code != tc.code || !strings.Contains(stdout.String(), tc.stdout) || !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("%s\nexit %d\n%s\n%s", tc.reason, code, &stdout, &stderr)
			}
			if strings.Contains(stderr.String(), "secret") {
				t.Errorf("a secret in %s", &stderr)
			}
		})
	}
}

// begin starts the program itself and waits until it is registered.
func begin(t *testing.T, r *redistest.Redis, args ...string) *process.Process {
	t.Helper()
	binary, err := build.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := process.Start(t.Context(), process.Spec{
		Name: "ratelimiterd", Path: binary, Args: args,
		Env: []string{"RATELIMITERD_LISTEN=127.0.0.1:0", "RATELIMITERD_NODE_ID=n", "RATELIMITERD_REDIS=" + r.URL},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := wait.For(t.Context(), "the registration", func() (bool, error) {
		entries, err := registry.List(t.Context(), r.Client)
		return len(entries) == 1, err
	}); err != nil {
		t.Fatalf("%v\n%s", err, p.Log())
	}
	return p
}

func TestSignalsEndItInGoodOrder(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			r := redistest.New(t)
			p := begin(t, r)
			if err := syscall.Kill(p.PID(), signal); err != nil {
				t.Fatal(err)
			}
			select {
			case <-p.Exited():
			case <-time.After(20 * time.Second):
				t.Fatalf("it still runs:\n%s", p.Log())
			}
			if p.Err() != nil {
				t.Errorf("it ended with %v, want status 0:\n%s", p.Err(), p.Log())
			}
			if left, err := registry.List(t.Context(), r.Client); err != nil || len(left) != 0 {
				t.Errorf("%v is registered, %v; want nothing", left, err)
			}
		})
	}
}

func TestASecondSignalEndsItAtOnce(t *testing.T) {
	r := redistest.New(t)
	p := begin(t, r, "--redis-timeout=10m")
	if err := r.Hang(); err != nil { // so that it cannot withdraw
		t.Fatal(err)
	}
	if err := syscall.Kill(p.PID(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(t.Context(), "the first signal to be heard", func() (bool, error) {
		return strings.Contains(p.Log(), "stopping"), nil
	}); err != nil {
		t.Fatal(err)
	}
	// Again and again, for it takes the first a moment to step aside.
	if err := wait.For(t.Context(), "the end", func() (bool, error) {
		if p.State() == process.Exited {
			return true, nil
		}
		return false, syscall.Kill(p.PID(), syscall.SIGTERM)
	}); err != nil {
		t.Fatal(err)
	}
	if p.Err() == nil {
		t.Error("it ended in good order, want the end by a signal")
	}
}

func TestTheLog(t *testing.T) {
	p := begin(t, redistest.New(t), "--log-format=json", "--log-level=info")
	if !strings.Contains(p.Log(), `"msg":"ready"`) || !strings.Contains(p.Log(), `"address":"127.0.0.1:`) {
		t.Errorf("log = %s, want a line of JSON with the address", p.Log())
	}
}
