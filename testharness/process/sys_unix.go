//go:build unix

package process

import (
	"os"
	"syscall"
)

// canHang: processes can be stopped here.
const canHang = true

func suspend(p *os.Process) error   { return p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) error    { return p.Signal(syscall.SIGCONT) }
func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// groupAlive reports whether a process group has members.
func groupAlive(group int) bool { return syscall.Kill(-group, 0) == nil }

// killGroup kills what is left of a group; an empty one is no concern.
func killGroup(group int) { _ = syscall.Kill(-group, syscall.SIGKILL) }
