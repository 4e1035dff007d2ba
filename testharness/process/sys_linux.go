package process

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// detach gives the program a process group of its own, so that Ctrl-C in the
// terminal is ours to handle, and ties its life to ours.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// suspended reads the state, which follows the command's name in parentheses
// (proc(5), /proc/pid/stat): T is stopped by a signal.
func suspended(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true // it is gone, or /proc is: there is nothing to wait for
	}
	end := bytes.LastIndexByte(stat, ')')
	return end+2 < len(stat) && stat[end+2] == 'T'
}
