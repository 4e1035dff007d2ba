package plugin

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Limits bound what a plugin's process may use of the machine, where the
// operating system can do that (Linux). Zero is no bound. They are in force a
// moment after the process has started. A plugin never leaves a core dump,
// which would have its configuration in it, where the system can keep it from
// that.
type Limits struct {
	// MemoryBytes bounds the memory that the process may have to itself
	// (RLIMIT_DATA). A plugin in Go is told to be content with nine tenths of it
	// (GOMEMLIMIT), unless Options.Env has that.
	MemoryBytes uint64
	// CPUTime is how long the process may compute in all (RLIMIT_CPU); then the
	// system ends it. It is rounded up to whole seconds.
	CPUTime time.Duration
}

func (l Limits) check() error {
	switch {
	case l.CPUTime < 0:
		return &protocol.Error{
			Code:    protocol.InvalidArgument,
			Message: "start plugin",
			Fields:  []protocol.FieldError{{Path: "limits.cpu_time", Message: "must not be negative"}},
		}
	case l != (Limits{}) && !limitable:
		return &protocol.Error{
			Code:    protocol.Unimplemented,
			Message: "start plugin: this operating system cannot limit what a process uses: leave out the limits",
		}
	}
	return nil
}

// environment is what a plugin in Go learns of its limit.
func (l Limits) environment(extra []string) []string {
	const name = "GOMEMLIMIT"
	if l.MemoryBytes == 0 || slices.ContainsFunc(extra, func(e string) bool {
		return e == name || strings.HasPrefix(e, name+"=")
	}) {
		return nil
	}
	return []string{fmt.Sprintf("%s=%d", name, min(l.MemoryBytes/10*9, math.MaxInt64))}
}

// cpuSeconds is CPUTime as the system takes it.
func (l Limits) cpuSeconds() uint64 {
	return uint64(math.Ceil(l.CPUTime.Seconds()))
}

// explain tells how a process has ended, and if it was for its limit.
func (l Limits) explain(state *os.ProcessState) string {
	status := state.String()
	used := state.UserTime() + state.SystemTime()
	if l.CPUTime > 0 && !state.Exited() && used.Round(time.Second) >= l.CPUTime.Truncate(time.Second) {
		status += fmt.Sprintf(", after it had used its CPU time of %s", l.CPUTime)
	}
	return status
}
