package plugintest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// The variables that make this executable, started again, be something else.
const (
	roleVariable = "OPERATOR_SUBJECT_TEST_ROLE"
	// pathVariable has, for roleNoise, the plugin's binary.
	pathVariable = "OPERATOR_SUBJECT_TEST_PLUGIN"
)

// The roles.
const (
	roleHost  = "host"
	roleNoise = "noise"
)

// longestRole is how long a process in a role lives at most, should whoever
// started it have forgotten it.
const longestRole = 5 * time.Minute

// BecomeHost makes this process what the checks of [ProcessChecks] need, where
// they have started it as such, and then does not return. Otherwise it does
// nothing. Call it first thing in main, or in TestMain.
func BecomeHost() {
	role, ok := os.LookupEnv(roleVariable)
	if !ok {
		return
	}
	os.Exit(become(role))
}

func become(role string) int {
	ctx, cancel := context.WithTimeout(context.Background(), longestRole)
	defer cancel()
	var err error
	switch role {
	case roleHost:
		err = beHost(ctx, os.Stdin, os.Stdout)
	case roleNoise:
		err = beNoise(ctx, os.Getenv(pathVariable), os.Args[1:])
	default:
		err = fmt.Errorf("%s=%q: there is no such role", roleVariable, role)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// again is a command that runs this executable in a role. Its arguments do no
// harm to an executable that does not call BecomeHost: a test binary runs no
// test, and others do not know the flag.
func again(ctx context.Context, role string) (*exec.Cmd, error) {
	if _, ok := os.LookupEnv(roleVariable); ok {
		return nil, fmt.Errorf("%s is set: this executable was started as a host and did not become one; call plugintest.BecomeHost first thing in main or TestMain", roleVariable)
	}
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, noTests) //nolint:gosec // this very executable
	cmd.Args[0] = os.Args[0]                       // it may do different things under different names
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	return cmd, nil
}

const noTests = "-test.run=^$"
