package plugin

import (
	"os"
	"syscall"
)

// What this system does not have: os/exec hands on no descriptors, and
// go-plugin uses no unix sockets.
const (
	lifelines   = false
	unixSockets = false
)

// processAttributes keep a Ctrl-C meant for the host from the plugin.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// killGroup ends the plugin; Windows has no group to signal.
func killGroup(p *os.Process) error { return p.Kill() }

// hungUp reports that it cannot tell.
func hungUp(*os.File) bool { return false }
