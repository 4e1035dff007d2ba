package prometheus

import "syscall"

// withParent makes a child end with this process, should it be killed before
// any cleanup runs.
func withParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
