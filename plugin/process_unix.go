//go:build unix

package plugin

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// What this system has: descriptors that a process can be given, and sockets
// that are files.
const (
	lifelines   = true
	unixSockets = true
)

// killGroup ends the plugin and whatever it started.
func killGroup(p *os.Process) error {
	if err := syscall.Kill(-p.Pid, syscall.SIGKILL); err != nil {
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return p.Kill()
	}
	return nil
}

// hungUp reports whether nobody holds the other end of a pipe.
func hungUp(pipe *os.File) bool {
	conn, err := pipe.SyscallConn()
	if err != nil {
		return false
	}
	hup := false
	_ = conn.Control(func(fd uintptr) { // its error is that the pipe is closed
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
		n, err := unix.Poll(fds, 0)
		hup = err == nil && n > 0 && fds[0].Revents&unix.POLLHUP != 0
	})
	return hup
}
