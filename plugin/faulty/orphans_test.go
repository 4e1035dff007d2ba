//go:build linux

package faulty_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// orphanBound is how long a plugin may outlive a host that was killed.
const orphanBound = time.Second

// A host that is killed leaves no plugin, whatever that does or does not look
// at, and what else it leaves the next start removes.
func TestOrphans(t *testing.T) {
	check := nothingLeft(t)
	kinds := []string{"good", "ignores_signals", "ignores_lifeline", "observe_stops", "observe_stuck", "close_hangs", "observe_never"}
	var longest time.Duration
	orphans := 0
	for n := range kills {
		mode := kinds[n%len(kinds)]
		cmd, lines := startHost(t, roleHold, mode, tankWith(t, 1))
		if !lines.Scan() {
			t.Fatalf("%s: the host said nothing", mode)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil || !alive(pid) {
			t.Fatalf("%s: there is no plugin: %v", mode, err)
		}
		killed := time.Now()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		for alive(pid) && time.Since(killed) < orphanBound {
			time.Sleep(time.Millisecond)
		}
		if alive(pid) {
			orphans++
			t.Errorf("%s: process %d outlives its host by %s", mode, pid, orphanBound)
			eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
		}
		longest = max(longest, time.Since(killed))
	}
	t.Logf("%d hosts killed, %d orphans after %s; the longest took %s", kills, orphans, orphanBound, longest.Round(time.Millisecond))
	t.Logf("stale directories before the next start: %d", len(sockets(t)))
	loadGood(t)
	check()
}
