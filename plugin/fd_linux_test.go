package plugin_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// ended reports whether a process that is not our child does nothing any more:
// it may be a zombie for as long as it likes its new parent.
func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return bytes.HasPrefix(state, []byte("Z")) || bytes.HasPrefix(state, []byte("X"))
}

// Whatever becomes of a plugin, the host has the files that it had.
func TestNoFileIsLeftOpen(t *testing.T) {
	nothingLeft(t)
	count := func() int {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(open)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	cycle := func() {
		for _, mode := range []string{"plugin", "exits", "junk", "leaves"} {
			opts := pluginOptions()
			opts.Env = append(opts.Env, modeVariable+"="+mode)
			for _, ctx := range []context.Context{t.Context(), canceled} {
				if p, err := plugin.Launch(ctx, opts); err == nil {
					if err := p.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
	cycle() // the first opens what the process keeps, such as the poller's
	before := count()
	for range 2 {
		cycle()
	}
	eventually(t, fmt.Sprintf("no more files are open than the %d before", before), func() bool { return count() <= before })
}
