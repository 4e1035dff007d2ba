package process_test

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// TestAKilledOwnerLeavesNothing is Linux's: only there a process can be tied to
// its parent.
func TestAKilledOwnerLeavesNothing(t *testing.T) {
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
