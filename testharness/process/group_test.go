//go:build unix

package process_test

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
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

func TestAKilledOwnerLeavesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ties a process to its parent")
	}
	address := freeAddress(t)
	owner := exec.CommandContext(t.Context(), os.Args[0], address)
	owner.Env = environment("owner")
	output, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if line != "started\n" {
		t.Fatalf("the owner says %q, %v", line, err)
	}
	if err := answers(address)(within(t)); err != nil {
		t.Fatalf("before: %v", err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // it was killed: its status says so
	if err := wait.For(within(t), "the orphan to end", func() (bool, error) {
		return answers(address)(t.Context()) != nil, nil
	}); err != nil {
		t.Error(err)
	}
}
