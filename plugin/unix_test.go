//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// unixObservers are observers that need more than Go.
var unixObservers = map[string]func(context.Context, *fake) (protocol.Observation, error){
	"grandchild": func(_ context.Context, f *fake) (protocol.Observation, error) { return grandchild(f, false) },
	"holds_socket": func(_ context.Context, f *fake) (protocol.Observation, error) {
		if _, err := grandchild(f, true, sockets()...); err != nil {
			return protocol.Observation{}, err
		}
		exit(8)
		select {}
	},
	// leaves dies with a grandchild in its group that holds its standard error.
	"leaves": func(_ context.Context, f *fake) (protocol.Observation, error) {
		if _, err := grandchild(f, false); err != nil {
			return protocol.Observation{}, err
		}
		fmt.Fprintln(stderrBefore, "why it died")
		exit(8)
		select {}
	},
	// leaves_session does so with one outside its group.
	"leaves_session": func(_ context.Context, f *fake) (protocol.Observation, error) {
		if _, err := grandchild(f, true); err != nil {
			return protocol.Observation{}, err
		}
		fmt.Fprintln(stderrBefore, "why it died")
		exit(8)
		select {}
	},
	// system_call is in a system call that does not end, on every thread it can.
	"system_call": func(_ context.Context, f *fake) (protocol.Observation, error) {
		var pipe [2]int
		if err := syscall.Pipe(pipe[:]); err != nil {
			return protocol.Observation{}, err
		}
		f.note("observing")
		_, err := syscall.Read(pipe[0], make([]byte, 1))
		return protocol.Observation{}, err
	},
	"bench_empty": func(context.Context, *fake) (protocol.Observation, error) { return benchEmpty(), nil },
	"bench":       func(context.Context, *fake) (protocol.Observation, error) { return benchOnce(), nil },
	"own_session": func(_ context.Context, f *fake) (protocol.Observation, error) { return grandchild(f, true) },
	"unstoppable": func(_ context.Context, f *fake) (protocol.Observation, error) {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		f.note("observing")
		select {}
	},
}

// grandchild starts a process that holds the plugin's standard output and error,
// and what it is given, and outlives it.
func grandchild(f *fake, ownSession bool, holds ...*os.File) (protocol.Observation, error) {
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"=silent")
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = stdoutBefore, stderrBefore, holds
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: ownSession}
	if err := cmd.Start(); err != nil {
		return protocol.Observation{}, err
	}
	f.note("grandchild %d", cmd.Process.Pid)
	return state(cmd.Process.Pid)
}

// sockets are the sockets of this process.
func sockets() []*os.File {
	var all []*os.File
	for fd := 3; fd < 64; fd++ {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err == nil && st.Mode&syscall.S_IFMT == syscall.S_IFSOCK {
			all = append(all, os.NewFile(uintptr(fd), "socket"))
		}
	}
	return all
}

// freeze stops the process where it is.
func freeze(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process has stopped", func() bool { return stopped(pid) })
}

// kill ends a process that is no child of ours, or is to be found dead.
func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

// exists reports whether there is such a process, be it a zombie.
func exists(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
