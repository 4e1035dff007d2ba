package plugintest

import "os"

// gone tells whether a process has ended: one that is there can be opened.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	_ = p.Release()
	return false
}
