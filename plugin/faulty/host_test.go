//go:build linux

package faulty_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The roles of a host.
const (
	// roleHold is to load a plugin, and to hold it until somebody ends the host.
	roleHold = "hold"
	// roleMeasure is to load a plugin, to call it, and to tell what that took.
	roleMeasure = "measure"
)

// The variables that tell a host what to load.
const (
	targetVariable = "FAULTY_TARGET"
	configVariable = "FAULTY_CONFIG"
)

// startHost starts this binary as a host of a plugin.
func startHost(t testing.TB, role, mode string, config json.RawMessage) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, targetVariable+"="+mode, configVariable+"="+string(config))
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(stdout)
}

// playHost is main of a host.
func playHost(role string) int {
	mode, config := os.Getenv(targetVariable), json.RawMessage(os.Getenv(configVariable))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	switch role {
	case roleHold:
		return hold(ctx, mode, config)
	case roleMeasure:
		return measure(ctx, mode, config)
	}
	return fail(fmt.Errorf("there is no role %q", role))
}

// hold loads a plugin, calls it, and says which process it is.
func hold(ctx context.Context, mode string, config json.RawMessage) int {
	subject, p, err := plugin.Load(ctx, options(mode), config)
	if err != nil {
		return fail(err)
	}
	bound := patience
	if d := faults[mode].deadline; d > 0 {
		bound = d
	}
	calling, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	if _, err := subject.Observe(calling); err != nil && protocol.CodeOf(err) != faults[mode].code {
		return fail(err)
	}
	fmt.Println(p.PID())
	return forever()
}
