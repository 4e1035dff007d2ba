//go:build linux && (endurance || conformance)

package faulty_test

import (
	"syscall"
	"testing"
	"time"
)

// Whatever a plugin does, its host gets an error that says what, in time; the
// process is gone and nothing is left; and the next plugin works.
func TestFaults(t *testing.T) {
	closing := make(map[string]time.Duration)
	for _, mode := range modes(func(fault) bool { return true }) {
		t.Run(mode, func(t *testing.T) {
			check := nothingLeft(t)
			f := faults[mode]
			took, ok := f.host(t, mode)
			if ok {
				closing[mode] = took
			}
			if f.stray {
				for _, pid := range survivors() {
					_ = syscall.Kill(pid, syscall.SIGKILL) // which no host could
				}
			}
			check()
			loadGood(t)
			check()
		})
	}
	tellClosing(t, closing)
}
