//go:build unix && !linux

package plugin

import "syscall"

// processAttributes puts the plugin into a process group of its own.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
