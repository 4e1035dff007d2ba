package supervisor

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// modeVariable makes this test binary a plugin, or something that is none.
const modeVariable = "SUPERVISOR_TEST_MODE"

func TestMain(m *testing.M) {
	if mode := os.Getenv(modeVariable); mode != "" {
		os.Exit(run(mode))
	}
	os.Exit(test(m))
}

// run is main of what the tests start.
func run(mode string) int {
	switch mode {
	case "exits":
		fmt.Fprintln(os.Stderr, "cannot find my library")
		return 3
	case "protocol":
		fmt.Println("1|99|unix|/nowhere|grpc|")
		return 0
	}
	if err := plugin.Serve(mortalDefinition()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// test runs the tests with a temporary directory of their own, in which nothing
// must be left.
func test(m *testing.M) int {
	dir, err := os.MkdirTemp("", "supervisor-test")
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
