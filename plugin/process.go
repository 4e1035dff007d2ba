package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-plugin/runner"
)

// process runs the plugin's binary for go-plugin, which would otherwise hand on
// the host's standard input and keep the process in the terminal's group, where
// a Ctrl-C meant for the host ends the plugin under it.
type process struct {
	opts   Options
	log    *pluginLog
	exited chan struct{} // closed when the process has been waited for

	mu             sync.Mutex
	cmd            *exec.Cmd // nil until prepared
	stdout, stderr *os.File  // the host's ends
	socketDir      string
	expected       bool // to end: whatever it does now is no surprise
	killed         bool // never to be started again
	status         string
	byItself       bool
}

var _ runner.Runner = (*process)(nil)

func newProcess(opts Options, log *pluginLog) *process {
	return &process{opts: opts, log: log, exited: make(chan struct{})}
}

// prepare makes the command, with go-plugin's part of the environment and the
// directory that go-plugin has made for the plugin's socket.
func (p *process) prepare(env []string, socketDir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Its life is bounded by Close, not by the context of the call that starts it.
	p.cmd = exec.Command(p.opts.Path, p.opts.Args...) //nolint:gosec,noctx // running the configured binary is what a host does
	p.cmd.Env = append(environment(p.opts.Env), env...)
	p.cmd.SysProcAttr = ownGroup()
	p.socketDir = socketDir
	return nil
}

// An execError is that the operating system did not start the binary.
type execError struct{ error }

// Unwrap returns the operating system's error.
func (e *execError) Unwrap() error { return e.error }

// Start implements runner.Runner.
func (p *process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.killed {
		return errors.New("closed before it was started")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	stdout, itsStdout, err := os.Pipe()
	if err != nil {
		return err
	}
	stderr, itsStderr, err := os.Pipe()
	if err != nil {
		_, _ = stdout.Close(), itsStdout.Close()
		return err
	}
	p.stdout, p.stderr = stdout, stderr
	// Files, so that waiting for the process is not waiting for its output.
	p.cmd.Stdout, p.cmd.Stderr = itsStdout, itsStderr
	err = p.cmd.Start()
	_, _ = itsStdout.Close(), itsStderr.Close()
	if err != nil {
		_, _ = stdout.Close(), stderr.Close()
		return &execError{err}
	}
	return nil
}

// Wait implements runner.Runner. go-plugin calls it once, after it has read
// standard output and standard error to their ends: until then a process that
// has ended stays a zombie, and its ID cannot become another's.
func (p *process) Wait(context.Context) error {
	defer close(p.exited)
	err := p.cmd.Wait()

	p.mu.Lock()
	state, expected := p.cmd.ProcessState, p.expected
	p.status, p.byItself = state.String(), state.Exited() || !p.killed
	_, _ = p.stdout.Close(), p.stderr.Close()
	p.mu.Unlock()
	if !expected {
		p.log.unexpectedEnd(state.Pid(), state.String())
	}
	return err
}

// Kill implements runner.Runner.
func (p *process) Kill(context.Context) error { return p.kill() }

// kill ends the process and its group, or keeps it from being started.
func (p *process) kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed, p.expected = true, true
	if p.cmd == nil || p.cmd.Process == nil {
		return nil
	}
	select {
	case <-p.exited: // its ID may be another's by now
		return nil
	default:
	}
	if err := killGroup(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill process %d: %w", p.cmd.Process.Pid, err)
	}
	return nil
}

// expectEnd says that the process is about to be asked to end.
func (p *process) expectEnd() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = true
}

// release lets go of what something that left the process's group may hold on
// to, and of the directory that go-plugin forgets if nothing was started.
func (p *process) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stdout != nil {
		_, _ = p.stdout.Close(), p.stderr.Close()
	}
	if p.socketDir != "" {
		_ = os.RemoveAll(p.socketDir)
	}
}

// ending tells how the process ended, and whether it did so by itself.
func (p *process) ending() (status string, byItself bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.byItself
}

// gone waits a moment for the end of a process that does not answer any more:
// its connection breaks before its end is known.
func (p *process) gone(ctx context.Context) (status string, ok bool) {
	if p == nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	select {
	case <-p.exited:
		status, _ = p.ending()
		return status, true
	case <-ctx.Done():
		return "", false
	}
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// ID implements runner.Runner.
func (p *process) ID() string {
	if pid := p.pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// Name implements runner.Runner.
func (p *process) Name() string { return p.opts.Path }

// Stdout implements runner.Runner.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr implements runner.Runner. go-plugin is to wait for the end of it and
// not to read it.
func (p *process) Stderr() io.ReadCloser { return &drain{from: p.stderr, to: p.log.writer()} }

// Diagnose implements runner.Runner: what to tell when there was no handshake.
func (p *process) Diagnose(context.Context) string {
	return "is it a subject plugin, built for this machine?"
}

// PluginToHost implements runner.Runner: both share one file system.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
