//go:build unix

package scratch

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// reap waits for the end of its input, then removes $1. It tries for a while,
// because the servers that write there may be dying at the same moment.
const reap = `cat >/dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf -- "$1" 2>/dev/null && exit 0
	sleep 0.1
done`

// watch starts the reaper of path. dismiss ends it and waits for its end.
func watch(ctx context.Context, path string) (dismiss func() error, err error) {
	// The reaper lives as long as the directory, not as long as ctx.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", reap, "scratch-reaper", path) //nolint:gosec // a constant script; the path is an argument, never parsed
	// Its own group, so that Ctrl-C in the terminal reaches the owner only.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin"} // a test may have no PATH of its own
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the reaper: %w", err)
	}
	return func() error {
		const bound = 5 * time.Second
		closed := pipe.Close()
		late := time.AfterFunc(bound, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		return errors.Join(closed, cmd.Wait())
	}, nil
}
