package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// killBound is how long the kernel may take to end a killed process. It needs
// milliseconds, except where the process hangs inside the kernel.
const killBound = 10 * time.Second

// ErrClosed is returned by the methods of a closed process.
var ErrClosed = errors.New("the process is closed")

// ErrNotRunning is returned where a fault needs a running process.
var ErrNotRunning = errors.New("the process is not running")

// Kill ends the process at once (SIGKILL), as a crash or the kernel's
// out-of-memory killer would, and waits until it is gone. A process that has
// already ended is no error. Its children live on until [Process.Close].
func (p *Process) Kill() error {
	p.control.Lock()
	defer p.control.Unlock()
	return p.kill()
}

func (p *Process) kill() error {
	r := p.current()
	if r == nil || !r.running() {
		return nil
	}
	if err := r.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.spec.Name, err)
	}
	return p.gone(r, killBound)
}

// Hang stops the process (SIGSTOP): it stays, its connections stay, the kernel
// goes on accepting new ones for it, and nothing is answered. Hang returns when
// it has stopped. A hung process that hangs again is no error. Where the system
// cannot stop processes the error is [errors.ErrUnsupported].
func (p *Process) Hang() error {
	p.control.Lock()
	defer p.control.Unlock()
	r := p.current()
	if r == nil || !r.running() {
		return fmt.Errorf("hang %s: %w", p.spec.Name, ErrNotRunning)
	}
	if err := suspend(r.cmd.Process); err != nil {
		return fmt.Errorf("hang %s: %w", p.spec.Name, err)
	}
	p.setHung(true)
	ctx, cancel := context.WithTimeout(context.Background(), killBound)
	defer cancel()
	return wait.For(ctx, p.spec.Name+" to stop", func() (bool, error) { return suspended(r.cmd.Process.Pid), nil })
}

// Resume lets a hung process go on (SIGCONT). A running one is no error.
func (p *Process) Resume() error {
	p.control.Lock()
	defer p.control.Unlock()
	return p.resume()
}

func (p *Process) resume() error {
	r := p.current()
	if r == nil || !r.running() {
		return fmt.Errorf("resume %s: %w", p.spec.Name, ErrNotRunning)
	}
	if err := resume(r.cmd.Process); err != nil {
		return fmt.Errorf("resume %s: %w", p.spec.Name, err)
	}
	p.setHung(false)
	return nil
}

// Terminate asks the process to end (SIGTERM), resuming it first where it
// hangs, and waits for at most grace; then it is killed, which is an error. A
// process that has already ended is none. How it ended is [Process.Err].
func (p *Process) Terminate(grace time.Duration) error {
	p.control.Lock()
	defer p.control.Unlock()
	r := p.current()
	if r == nil || !r.running() {
		return nil
	}
	// The signal first: a resumed process must not go on working before it
	// learns that it shall end.
	err := terminate(r.cmd.Process)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	if p.State() == Hung {
		err = errors.Join(err, resume(r.cmd.Process))
		p.setHung(false)
	}
	if err == nil {
		if err = p.gone(r, grace); err == nil {
			return nil
		}
	}
	return errors.Join(fmt.Errorf("terminate %s: %w", p.spec.Name, err), p.kill())
}

// Restart kills the process where it still runs, starts it with the same
// arguments, and waits until it is ready, as [Start] does. After a failed
// restart it may run without being ready.
func (p *Process) Restart(ctx context.Context) error {
	p.control.Lock()
	defer p.control.Unlock()
	if p.isClosed() {
		return fmt.Errorf("restart %s: %w", p.spec.Name, ErrClosed)
	}
	if err := p.kill(); err != nil {
		return err
	}
	p.tail.mark("restarted")
	return p.start(ctx)
}

// Close kills the process and all that is left of its process group, and waits
// for it. It is bounded by a few seconds. Further calls do nothing.
func (p *Process) Close() error {
	p.control.Lock()
	defer p.control.Unlock()
	if p.isClosed() {
		return nil
	}
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	r := p.current()
	if r == nil {
		return nil
	}
	// The group's number is ours while its leader is not waited for, or while
	// others still carry it. Once it is empty the number may be anybody's.
	if r.running() || r.orphans {
		killGroup(r.cmd.Process.Pid)
	}
	return p.kill()
}

func (p *Process) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

func (p *Process) gone(r *run, bound time.Duration) error {
	late := time.NewTimer(bound)
	defer late.Stop()
	select {
	case <-r.exited:
		return nil
	case <-late.C:
		return fmt.Errorf("%s still runs after %s", p.spec.Name, bound)
	}
}
