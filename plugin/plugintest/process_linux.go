package plugintest

import (
	"bytes"
	"fmt"
	"os"
)

// gone tells whether a process has ended. One that nobody has waited for yet
// has ended, too.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	// The name before the state is in parentheses, and may hold some.
	state := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(state, []byte(" Z")) || bytes.HasPrefix(state, []byte(" X"))
}

// hasVariable tells whether a process was started with a variable.
func hasVariable(pid int, name string) bool {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && (bytes.HasPrefix(env, []byte(name+"=")) || bytes.Contains(env, []byte("\x00"+name+"=")))
}
