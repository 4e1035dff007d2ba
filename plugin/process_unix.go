//go:build unix

package plugin

import (
	"errors"
	"os"
	"syscall"
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
