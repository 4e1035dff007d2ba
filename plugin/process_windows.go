package plugin

import (
	"os"
	"syscall"
)

// ownGroup keeps a Ctrl-C meant for the host from the plugin.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// killGroup ends the plugin; Windows has no group to signal.
func killGroup(p *os.Process) error { return p.Kill() }

// socketRoot is the default: go-plugin uses no unix sockets on Windows.
func socketRoot() string { return "" }
