package plugin_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// stopped reports whether every thread of a process has stopped.
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	return err == nil && len(threads) > 0 && !slices.ContainsFunc(threads, func(path string) bool {
		stat, err := os.ReadFile(path)
		_, state, _ := bytes.Cut(stat, []byte(") "))
		return err != nil || !bytes.HasPrefix(state, []byte("T"))
	})
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

// killedByKernel is that the system ends a plugin that cannot end itself when
// its host dies.
const killedByKernel = true
