//go:build !linux

package prometheus

import "syscall"

// withParent has no equivalent outside Linux.
func withParent() *syscall.SysProcAttr { return nil }
