//go:build unix && !linux

package plugin_test

// ended reports whether a process that is not our child is gone.
func ended(pid int) bool { return !exists(pid) }
