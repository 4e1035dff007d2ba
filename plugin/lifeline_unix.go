//go:build unix

package plugin

import (
	"os"
	"syscall"
)

// openLifeline makes a descriptor that this process was given its own, and
// returns nil for one that is not a pipe.
func openLifeline(fd int) *os.File {
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		return nil
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil { // so that reading it can be ended
		return nil
	}
	return os.NewFile(uintptr(fd), "lifeline")
}
