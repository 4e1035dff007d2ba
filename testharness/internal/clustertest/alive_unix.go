//go:build unix

package clustertest

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Alive reports whether a process runs; one that only waits to be reaped by
// somebody else does not.
func Alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return !os.IsNotExist(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
