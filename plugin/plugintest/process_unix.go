//go:build unix && !linux

package plugintest

import (
	"errors"
	"syscall"
)

// gone tells whether a process has ended.
func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// hasVariable tells whether a process was started with a variable, which cannot
// be seen here.
func hasVariable(int, string) bool { return false }
