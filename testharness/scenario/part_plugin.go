package scenario

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// A pluginPart is the plugin's process, whichever it is at the time: a
// supervisor puts another one in place of each that dies.
type pluginPart struct {
	sup *supervisor.Supervisor
	log *tail

	mu   sync.Mutex
	last int // the process that was last in service
	hung int // the one that was stopped, 0 if none is
}

var _ stack.Part = (*pluginPart)(nil)

func newPluginPart(s *supervisor.Supervisor, log *tail) *pluginPart {
	return &pluginPart{sup: s, log: log, last: s.PID()}
}

// Name is "plugin".
func (p *pluginPart) Name() string { return PluginPart }

// PID is that of the process in service, or of the last one that was.
func (p *pluginPart) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pid()
}

func (p *pluginPart) pid() int {
	if pid := p.sup.PID(); pid != 0 {
		p.last = pid
	}
	return p.last
}

// State is that of the process in service.
func (p *pluginPart) State() process.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.sup.PID() {
	case 0:
		return process.Exited
	case p.hung:
		return process.Hung
	default:
		return process.Running
	}
}

// Log is the end of what the plugin's processes and their supervisor logged.
func (p *pluginPart) Log() string { return p.log.String() }

// Kill ends the process (SIGKILL). The supervisor starts another one.
func (p *pluginPart) Kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	pid := p.sup.PID()
	if pid == 0 {
		return nil
	}
	p.last = pid
	running, err := os.FindProcess(pid)
	if err != nil {
		return fmt.Errorf("kill the plugin: %w", err)
	}
	if err := running.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the plugin: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), partBound)
	defer cancel()
	return wait.For(ctx, "the supervisor to notice that the plugin is dead", func() (bool, error) { return p.sup.PID() != pid, nil })
}

// partBound is how long it may take until a part has done what it was told.
const partBound = 20 * time.Second

// Hang stops the process (SIGSTOP).
func (p *pluginPart) Hang() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	pid := p.sup.PID()
	if pid == 0 {
		return fmt.Errorf("hang the plugin: %w", process.ErrNotRunning)
	}
	if err := suspend(pid); err != nil {
		return fmt.Errorf("hang the plugin: %w", err)
	}
	p.last, p.hung = pid, pid
	return nil
}

// Resume lets a stopped process go on (SIGCONT). Where it is another process
// meanwhile there is nothing to do.
func (p *pluginPart) Resume() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	hung := p.hung
	p.hung = 0
	if hung == 0 || p.sup.PID() != hung {
		return nil
	}
	if err := resume(hung); err != nil {
		return fmt.Errorf("resume the plugin: %w", err)
	}
	return nil
}

// Restart kills the process where one is in service, and returns when the next
// one is.
func (p *pluginPart) Restart(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	return wait.For(ctx, "the plugin's next process", func() (bool, error) { return p.sup.PID() != 0, nil })
}
