package plugin

import (
	"errors"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes puts the plugin into a process group of its own, and has
// the kernel kill it when the host dies, be it stopped or in a language that
// knows no lifeline. "The host" is the thread that starts it: see ownThread.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// ownThread keeps the calling goroutine, and nothing else, on its thread until
// the returned function is called. Go ends threads that it does not need, and
// the kernel would take that for the host's end (https://go.dev/issue/27505).
func ownThread() (end func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// awaitEnd waits until the process has ended, and leaves it to be waited for.
// It reports whether it could.
func awaitEnd(pid int) bool {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}
