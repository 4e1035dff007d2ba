//go:build unix && !linux

package plugin_test

// ended reports whether a process that is not our child is gone.
func ended(pid int) bool { return !exists(pid) }

// killedByKernel is that the system ends a plugin that cannot end itself when
// its host dies.
const killedByKernel = false

// stopped reports that nobody can tell.
func stopped(int) bool { return true }
