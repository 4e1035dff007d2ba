//go:build unix

package ratelimiter_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

var build cluster.Build

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// system is the system, of a node built from the tree.
func system(t *testing.T) stack.System {
	t.Helper()
	binary, err := build.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return ratelimiter.System(ratelimiter.Options{NodeBinary: binary})
}

// start starts a stack that ends with the test.
func start(t *testing.T, topology string) *ratelimiter.Stack {
	t.Helper()
	begin := time.Now()
	running, err := system(t).Start(within(t), stack.Options{Topology: json.RawMessage(topology)})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %s", time.Since(begin))
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return running.(*ratelimiter.Stack)
}

func healthy(t *testing.T, s stack.Stack) {
	t.Helper()
	begin := time.Now()
	ctx := within(t)
	if err := wait.For(ctx, "the stack to be healthy", func() (bool, error) {
		err := s.Healthy(ctx)
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
	t.Logf("healthy after %s", time.Since(begin))
}

func act(t *testing.T, s protocol.Subject, name, params string) {
	t.Helper()
	out, err := s.Act(within(t), protocol.Action{ID: protocol.NewActionID(), Name: name, Params: json.RawMessage(params)})
	if err != nil || out.Status != protocol.OutcomeAccepted {
		t.Fatalf("%s: %+v, %v", name, out, err)
	}
}

func defaultLimit(t *testing.T, node string) int {
	t.Helper()
	var limits struct {
		DefaultLimit int `json:"default_limit"`
	}
	if err := ask.JSON(within(t), node+"/api/limits", &limits); err != nil {
		t.Fatal(err)
	}
	return limits.DefaultLimit
}
