package cluster_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
)

// TestABadEndLeavesNothing is Linux's: only there a process can be tied to its
// parent.
func TestABadEndLeavesNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		role   string
		end    func(*os.Process) error
	}{
		"Killed":      {"Nobody can clean up after SIGKILL but the kernel.", "busy", (*os.Process).Kill},
		"Interrupted": {"Ctrl-C ends a test without its cleanups.", "waits", func(p *os.Process) error { return p.Signal(syscall.SIGINT) }},
		"Panicked":    {"So does a panic in another goroutine.", "panics", func(*os.Process) error { return nil }},
	}
	node := binary(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owner := exec.CommandContext(clustertest.Within(t), os.Args[0], node)
			owner.Env = append(os.Environ(), roleVariable+"="+tc.role, "TMPDIR="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
			output, err := owner.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := owner.Start(); err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(output).ReadString('\n')
			var owned belongings
			if err := json.Unmarshal([]byte(line), &owned); err != nil || len(owned.PIDs) < 4 || !exists(owned.Dir) {
				t.Fatalf("the owner says %q, %v", line, err)
			}
			if err := tc.end(owner.Process); err != nil {
				t.Fatal(err)
			}
			if err := owner.Wait(); err == nil {
				t.Errorf("%s\nthe owner ended well", tc.reason)
			}
			clustertest.Until(t, "everything to be gone", func() (bool, error) {
				for _, pid := range owned.PIDs {
					if clustertest.Alive(pid) {
						return false, fmt.Errorf("process %d is alive", pid)
					}
				}
				return !exists(owned.Dir), nil
			})
		})
	}
}
