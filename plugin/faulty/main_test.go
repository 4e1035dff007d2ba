//go:build linux

package faulty_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
)

// The variables that make this test binary something else than a test.
const (
	// modeVariable is the fault that it is to have as a plugin.
	modeVariable = "FAULTY_MODE"
	// roleVariable is what it is to be as a host.
	roleVariable = "FAULTY_ROLE"
	// onceVariable has the path of a file, and only the process that makes it has
	// the fault.
	onceVariable = "FAULTY_ONCE"
	// runVariable marks every process that a run of the tests has started, also
	// what these have started.
	runVariable = "FAULTY_RUN"
)

func TestMain(m *testing.M) {
	plugintest.BecomeHost()
	if mode := os.Getenv(modeVariable); mode != "" {
		os.Exit(become(mode))
	}
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(playHost(role))
	}
	os.Exit(test(m))
}

// test runs the tests with a temporary directory of their own, in which nothing
// must be left, and no process and no goroutine elsewhere.
func test(m *testing.M) int {
	dir, err := os.MkdirTemp("", "faulty")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err == nil {
		err = os.Setenv(runVariable, strconv.Itoa(os.Getpid()))
	}
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	code := m.Run()
	if code != 0 {
		return code
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		return fail(fmt.Errorf("left in the temporary directory: %v, %w", left, err))
	}
	if left := survivors(); len(left) > 0 {
		return fail(fmt.Errorf("left running: %v", left))
	}
	if err := goleak.Find(); err != nil {
		return fail(err)
	}
	return 0
}

// become is main of a plugin.
func become(mode string) int {
	if once := os.Getenv(onceVariable); once != "" {
		first, err := os.OpenFile(once, os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			mode = "good"
		}
		_ = first.Close()
	}
	fault, ok := faults[mode]
	if !ok {
		return fail(fmt.Errorf("there is no mode %q", mode))
	}
	return fault.run()
}

// forever is long enough for any test, and not so long that a process that was
// forgotten stays.
func forever() int {
	time.Sleep(5 * time.Minute)
	return 1
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
