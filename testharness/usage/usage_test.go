package usage_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/usage"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shell starts a shell that has a child, and returns when it has.
func shell(t *testing.T) *process.Process {
	t.Helper()
	p, err := process.Start(t.Context(), process.Spec{Name: "shell", Path: "/bin/sh", Args: []string{"-c", "sleep 600 & wait"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	if runtime.GOOS == "linux" {
		err := wait.For(t.Context(), "the shell to have its child", func() (bool, error) {
			return usage.Sample(map[string]int{"shell": p.PID()})[0].Children == 1, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestSample(t *testing.T) {
	t.Parallel()
	p := shell(t)
	got := usage.Sample(map[string]int{"shell": p.PID(), "gone": 1 << 30, "never": 0})
	names := make([]string, len(got))
	for i, u := range got {
		names[i] = u.Part
	}
	if diff := cmp.Diff([]string{"gone", "shell", usage.Runner}, names); diff != "" {
		t.Fatalf("parts (-want +got):\n%s", diff)
	}
	unknown := record.Usage{Part: "gone", PID: 1 << 30, ResidentBytes: -1, Descriptors: -1, Threads: -1, Children: -1, Goroutines: -1}
	if diff := cmp.Diff(unknown, got[0]); diff != "" {
		t.Errorf("a process that is not there (-want +got):\n%s", diff)
	}
	runner := got[2]
	if runner.PID != os.Getpid() || runner.Goroutines < 1 {
		t.Errorf("the runner: %+v", runner)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if u := got[1]; u.ResidentBytes <= 0 || u.Descriptors < 3 || u.Threads != 1 || u.Children != 1 || u.Goroutines != -1 {
		t.Errorf("a shell with one child: %+v", u)
	}
	if runner.ResidentBytes < 1<<20 || runner.Descriptors < 3 || runner.Threads < 2 || runner.Children < 2 {
		t.Errorf("the runner, which has a child that has one: %+v", runner)
	}
}

func TestSampleSeesDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // there every number is -1, which TestSample checks
	}
	before := usage.Sample(nil)[0].Descriptors
	for range 20 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() //nolint:errcheck // it is only held open
	}
	if got := usage.Sample(nil)[0].Descriptors; got < before+20 {
		t.Errorf("%d descriptors, and with 20 more %d", before, got)
	}
}

// left asks what is left, for long enough to see whether it goes away.
func left(t *testing.T, c *usage.Claims, patience time.Duration) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return c.Left(ctx)
}

const never = 100 * time.Millisecond // what is there stays there; it need not be waited for

func TestClaims(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	dir := filepath.Join(t.TempDir(), "made")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var c usage.Claims
	for range 3 { // whoever notes things as they come notes them again
		c.Address("redis", address)
		c.Path("the stack", dir)
	}
	want := []string{"the listener at " + address + " of redis", dir + " of the stack"}
	if diff := cmp.Diff(want, left(t, &c, never)); diff != "" {
		t.Errorf("all of it is there (-want +got):\n%s", diff)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[:1], left(t, &c, never)); diff != "" {
		t.Errorf("the directory is gone (-want +got):\n%s", diff)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if got := left(t, &c, wait.Bound); got != nil {
		t.Errorf("all is gone, and there is left: %q", got)
	}
}

func TestClaimsOfProcesses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return // processes are not noted there
	}
	p := shell(t)
	var c usage.Claims
	for range 3 {
		c.Process("plugin", p.PID())
	}
	c.Process("gone", 1<<30)
	got := left(t, &c, never)
	if len(got) != 2 || !strings.Contains(got[0], "of plugin") || !strings.Contains(got[1], "which plugin started") {
		t.Errorf("a process and its child are there, and there is left: %q", got)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if got := left(t, &c, wait.Bound); got != nil {
		t.Errorf("both were killed, and there is left: %q", got)
	}
}

func TestNothingClaimed(t *testing.T) {
	t.Parallel()
	var c usage.Claims
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := c.Left(ctx); got != nil {
		t.Errorf("nothing was noted, and there is left: %q", got)
	}
}
