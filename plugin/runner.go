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

	"github.com/hashicorp/go-plugin/runner"
)

// process starts the plugin's binary for go-plugin, which would otherwise hand
// on the host's standard input and keep the process in the terminal's group,
// where a Ctrl-C meant for the host ends the plugin under it.
type process struct {
	path   string
	exited chan struct{} // closed when the process has been waited for

	mu             sync.Mutex
	cmd            *exec.Cmd // nil until prepared
	stdout, stderr io.ReadCloser
	socketDir      string
	ended          bool // killed: never to be started again
}

var _ runner.Runner = (*process)(nil)

// prepare makes the command, with go-plugin's part of the environment and the
// directory that go-plugin has made for the plugin's socket.
func (p *process) prepare(args, env []string, socketDir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Its life is bounded by Close, not by the context of the call that starts it.
	p.cmd = exec.Command(p.path, args...) //nolint:gosec,noctx // running the configured binary is what a host does
	p.cmd.Env = env
	p.cmd.SysProcAttr = ownGroup()
	p.socketDir = socketDir
	var err error
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return err
	}
	p.stderr, err = p.cmd.StderrPipe()
	return err
}

// Start implements runner.Runner.
func (p *process) Start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return errors.New("closed before it was started")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.cmd.Start()
}

// Wait implements runner.Runner. go-plugin calls it once, after it has read
// standard output and standard error to their ends.
func (p *process) Wait(context.Context) error {
	defer close(p.exited)
	return p.cmd.Wait()
}

// Kill implements runner.Runner.
func (p *process) Kill(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.cmd == nil || p.cmd.Process == nil {
		return nil
	}
	select {
	case <-p.exited: // its ID may be another's by now
		return nil
	default:
	}
	if err := killGroup(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill plugin process %d: %w", p.cmd.Process.Pid, err)
	}
	return nil
}

// release lets go of what a descendant that left the process group may hold.
func (p *process) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = p.stdout.Close()
	_ = p.stderr.Close()
	_ = os.RemoveAll(p.socketDir)
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
func (p *process) Name() string { return p.path }

// Stdout implements runner.Runner.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr implements runner.Runner.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Diagnose implements runner.Runner: what to tell when there was no handshake.
func (p *process) Diagnose(context.Context) string {
	return "Is " + p.path + " a subject plugin, built for this machine? Its standard error is in the log."
}

// PluginToHost implements runner.Runner: both share one file system.
func (p *process) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (p *process) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
