//go:build unix

package plugin_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// modeVariable makes this test binary be something else than a test: a plugin,
// something that is none, or a host.
const modeVariable = "SUBJECT_PLUGIN_TEST_MODE"

func TestMain(m *testing.M) {
	if mode := os.Getenv(modeVariable); mode != "" {
		os.Exit(run(mode))
	}
	os.Exit(test(m))
}

// test runs the tests with a temporary directory of their own, in which nothing
// must be left.
func test(m *testing.M) int {
	dir, err := os.MkdirTemp("", "plugin-test")
	if err == nil {
		err = os.Setenv("TMPDIR", dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	code := m.Run()
	if code != 0 {
		return code
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		fmt.Fprintln(os.Stderr, "left in the temporary directory:", left, err)
		return 1
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, "left running:", err)
		return 1
	}
	return 0
}
