//go:build unix

package plugin

import (
	"errors"
	"os"
	"syscall"
)

// ownGroup puts the plugin into a process group of its own.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

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

// maxSocketPath is the longest path of a unix socket, on the system with the
// least room (macOS and the BSDs; Linux has four bytes more).
const maxSocketPath = 103

// socketRoot is where the directory of the plugin's socket is made: "", the
// default, if the names that go-plugin gives fit after it.
func socketRoot() string {
	if len(os.TempDir())+len("/plugin-dir4294967295/plugin4294967295") > maxSocketPath {
		return "/tmp"
	}
	return ""
}
