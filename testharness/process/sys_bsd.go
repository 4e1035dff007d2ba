//go:build unix && !linux

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// detach gives the program a process group of its own, so that Ctrl-C in the
// terminal is ours to handle. Its life cannot be tied to ours here.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// suspended takes the signal's word for it.
func suspended(int) bool { return true }

// prepareHung has nothing to prepare.
func prepareHung(*exec.Cmd) {}

// hangAtStart is as quick as a signal.
func hangAtStart(p *os.Process) error { return suspend(p) }
