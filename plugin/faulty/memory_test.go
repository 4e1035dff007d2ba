//go:build linux && endurance && !race

package faulty_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// maxGrowth is how much larger than at its start a host may become whatever a
// plugin sends, in KiB.
const maxGrowth = 32 << 10

// Whatever a plugin sends, the host's memory is bounded.
func TestMemory(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var table []string
	t.Cleanup(func() {
		slices.Sort(table)
		t.Logf("resident memory of a host\n%-28s %8s %8s %8s %6s %9s\n%s",
			"mode", "start", "peak", "growth", "calls", "close", strings.Join(table, "\n"))
	})
	for _, mode := range append([]string{"good"}, modes(func(f fault) bool { return f.loud })...) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			cmd, lines := startHost(t, roleMeasure, mode, tankWith(t, 1))
			var m measurement
			if !lines.Scan() {
				t.Fatal("the host said nothing")
			}
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			const mib = 1 << 10
			mu.Lock()
			defer mu.Unlock()
			table = append(table, fmt.Sprintf("%-28s %5d MB %5d MB %5d MB %6d %6d ms", mode, m.Start/mib, m.Peak/mib, (m.Peak-m.Start)/mib, m.Calls, m.Close.Milliseconds()))
			if grown := m.Peak - m.Start; grown > maxGrowth {
				t.Errorf("the host grew by %d KiB to %d KiB, and may grow by %d KiB", grown, m.Peak, maxGrowth)
			}
			if m.Close > closeTimeout+slack {
				t.Errorf("Close took %s, and may take %s", m.Close, closeTimeout)
			}
		})
	}
}
