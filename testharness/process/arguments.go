package process

import (
	"context"
	"fmt"
	"slices"
)

// RestartWith is [Process.Restart] with other arguments, which later restarts
// keep.
func (p *Process) RestartWith(ctx context.Context, args []string) error {
	p.control.Lock()
	defer p.control.Unlock()
	if p.isClosed() {
		return fmt.Errorf("restart %s: %w", p.spec.Name, ErrClosed)
	}
	if err := p.kill(); err != nil {
		return err
	}
	p.spec.Args = slices.Clone(args)
	p.tail.mark("restarted with other arguments")
	return p.start(ctx)
}
