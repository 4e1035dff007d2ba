//go:build unix

package process_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// childOf reads the child's process id from the output of a "family".
func childOf(t *testing.T, p *process.Process) int {
	t.Helper()
	for line := range strings.Lines(p.Log()) {
		if pid, ok := strings.CutPrefix(strings.TrimSpace(line), "child "); ok {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no child in %q", p.Log())
	return 0
}

func TestCloseTakesTheChildrenToo(t *testing.T) {
	p, _ := start(t, "family")
	parent, child := p.PID(), childOf(t, p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(within(t), "the family to end", func() (bool, error) {
		return !alive(t, parent) && !alive(t, child), nil
	}); err != nil {
		t.Error(err)
	}
}

func TestKillLeavesTheChildrenToClose(t *testing.T) {
	p, address := start(t, "family")
	child := childOf(t, p)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := answers(address)(within(t)); err != nil {
		t.Errorf("the child should outlive its parent: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(within(t), "the orphan to end", func() (bool, error) { return !alive(t, child), nil }); err != nil {
		t.Error(err)
	}
}
