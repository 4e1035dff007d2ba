//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// asGroup has a command and what it starts end together: the go command does not
// end the test that it runs, nor that one its servers.
func asGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
