package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// StartHung kills the process where it still runs and starts it with the same
// arguments, stopped: it is there, and has done nothing yet, so that its address
// refuses connections. [Process.AwaitReady] lets it begin. Linux stops it before
// its first instruction; elsewhere it may get some way first. Where the system
// cannot stop processes the error is [errors.ErrUnsupported], and the process is
// as it was. ctx is looked at before anything is done; the rest is bounded.
func (p *Process) StartHung(ctx context.Context) error {
	p.control.Lock()
	defer p.control.Unlock()
	switch {
	case p.isClosed():
		return fmt.Errorf("start %s hung: %w", p.spec.Name, ErrClosed)
	case !canHang:
		return fmt.Errorf("start %s hung: %w", p.spec.Name, errors.ErrUnsupported)
	case ctx.Err() != nil:
		return fmt.Errorf("start %s hung: %w", p.spec.Name, context.Cause(ctx))
	}
	if err := p.kill(); err != nil {
		return err
	}
	p.tail.mark("restarted, stopped at its start")
	r, err := p.spawn(ctx, true)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), killBound)
	defer cancel()
	return wait.For(bounded, p.spec.Name+" to stop at its start", func() (bool, error) {
		return !r.running() || suspended(r.cmd.Process.Pid), nil
	})
}

// AwaitReady resumes the process where it hangs and waits until it is ready, as
// [Start] does.
func (p *Process) AwaitReady(ctx context.Context) error {
	p.control.Lock()
	defer p.control.Unlock()
	if err := p.resume(); err != nil {
		return err
	}
	return p.ready(ctx, p.current())
}
