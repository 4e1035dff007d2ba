package plugin

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

const limitable = true

// impose sets the limits of a process.
func (l Limits) impose(pid int) error {
	errs := []error{impose(pid, unix.RLIMIT_CORE, 0)}
	if l.MemoryBytes > 0 {
		errs = append(errs, impose(pid, unix.RLIMIT_DATA, l.MemoryBytes))
	}
	if l.CPUTime > 0 {
		errs = append(errs, impose(pid, unix.RLIMIT_CPU, l.cpuSeconds()))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("limit what it may use: %w", err)
	}
	return nil
}

// impose sets one limit, which is not raised where it is lower already. It is a
// hard one: Go programs take no notice of the signal that a soft one sends.
func impose(pid, resource int, limit uint64) error {
	var old unix.Rlimit
	err := unix.Prlimit(pid, resource, nil, &old)
	if err == nil {
		limit = min(limit, old.Max)
		err = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: limit, Max: limit}, nil)
	}
	if errors.Is(err, unix.ESRCH) { // it has ended already, which is told elsewhere
		return nil
	}
	return err
}
