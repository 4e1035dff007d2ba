package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// A hostProcess is a host that can be killed. It has a temporary directory of
// its own, so that what is left there is the plugin's or the boundary's.
type hostProcess struct {
	// pids are those of the plugin's processes, in the order of their starts.
	pids []int

	cmd    *exec.Cmd
	stdin  io.Closer
	dir    string
	stderr *tail
	waited sync.Once
}

// startHost starts a host process and waits until it has done the job.
func startHost(ctx context.Context, j job, extraEnv ...string) (*hostProcess, error) {
	// Its parent's environment is not this one's: what is a path here has to be
	// one there.
	path, err := plugin.Resolve(j.Options.Path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, err
	}
	j.Options.Path, j.Options.Logger = path, nil
	cmd, err := again(ctx, roleHost)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "host")
	if err != nil {
		return nil, err
	}
	h := &hostProcess{cmd: cmd, dir: dir, stderr: &tail{}}
	cmd.Env = append(cmd.Env, append(extraEnv, "TMPDIR="+dir, "TMP="+dir, "TEMP="+dir)...)
	cmd.Stderr = h.stderr
	cmd.WaitDelay = j.Options.CloseTimeout // for whatever holds its standard error
	if err := h.begin(j); err != nil {
		return nil, errors.Join(fmt.Errorf("a host process: %w%s", err, h.stderr), h.end())
	}
	return h, nil
}

func (h *hostProcess) begin(j job) error {
	stdin, err := h.cmd.StdinPipe()
	if err != nil {
		return err
	}
	h.stdin = stdin
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := h.cmd.Start(); err != nil {
		return err
	}
	if err := json.NewEncoder(stdin).Encode(j); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return fmt.Errorf("say what to do: %w", err)
	}
	var said line
	if err := json.NewDecoder(stdout).Decode(&said); err != nil {
		h.wait() // for the last words
		return fmt.Errorf("it did not do what it was told (does this executable call plugintest.BecomeHost?): %w", err)
	}
	h.pids = said.PIDs
	return nil
}

// kill ends the host without letting it end its plugin.
func (h *hostProcess) kill() {
	_ = h.cmd.Process.Kill()
	h.wait()
}

func (h *hostProcess) wait() {
	h.waited.Do(func() {
		_ = h.stdin.Close()
		_ = h.cmd.Wait()
	})
}

// end lets the host end as it should, and cleans up.
func (h *hostProcess) end() error {
	if h.cmd.Process != nil {
		h.wait()
	}
	return os.RemoveAll(h.dir)
}

// left lists what is in the host's temporary directory.
func (h *hostProcess) left() ([]string, error) {
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// maxTail is how much of a process's last words is kept.
const maxTail = 2 << 10

// A tail keeps the end of what is written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(0, len(p)-maxTail):]...)
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = bytes.Clone(t.kept[over:])
	}
	return len(p), nil
}

// String is what to add to an error.
func (t *tail) String() string {
	if text := t.text(); text != "" {
		return fmt.Sprintf("; it wrote %q", text)
	}
	return ""
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.kept))
}

// bounded are options with the bounds that this package reckons with.
func bounded(opts plugin.Options) plugin.Options {
	if opts.StartTimeout <= 0 {
		opts.StartTimeout = defaultStart
	}
	if opts.CloseTimeout <= 0 {
		opts.CloseTimeout = defaultClose
	}
	return opts
}
