//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// unixObservers are observers that need more than Go.
var unixObservers = map[string]func(context.Context, *fake) (protocol.Observation, error){
	"grandchild":  func(_ context.Context, f *fake) (protocol.Observation, error) { return grandchild(f, false) },
	"bench":       func(context.Context, *fake) (protocol.Observation, error) { return benchOnce(), nil },
	"own_session": func(_ context.Context, f *fake) (protocol.Observation, error) { return grandchild(f, true) },
	"unstoppable": func(_ context.Context, f *fake) (protocol.Observation, error) {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		f.note("observing")
		select {}
	},
}

// grandchild starts a process that holds the plugin's standard error and
// outlives it.
func grandchild(f *fake, ownSession bool) (protocol.Observation, error) {
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"=silent")
	cmd.Stdout, cmd.Stderr = stderrBefore, stderrBefore
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: ownSession}
	if err := cmd.Start(); err != nil {
		return protocol.Observation{}, err
	}
	f.note("grandchild %d", cmd.Process.Pid)
	return state(cmd.Process.Pid)
}

// freeze stops the process where it is.
func freeze(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// kill ends a process that is no child of ours, or is to be found dead.
func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

// exists reports whether there is such a process, be it a zombie.
func exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
