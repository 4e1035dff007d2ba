package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// Spec says what to run.
type Spec struct {
	// Name is what the process is called in errors and logs: "redis", "node-2".
	Name string
	// Path is the program's file, Args its arguments without the program's name.
	Path string
	Args []string
	// Env is the environment as "key=value"; nil is the environment of this
	// process, an empty slice is none.
	Env []string
	// Dir is the working directory; "" is that of this process.
	Dir string
	// Log also receives all that the program writes to its standard output and
	// error, from one goroutine at a time; it may be nil.
	Log io.Writer
	// Ready returns nil once the program serves. It is asked every
	// [wait.Interval] with a context that ends with the program, with the
	// deadline of the start, and after a second at the latest. Nil means that a
	// program is ready as soon as it runs.
	Ready func(ctx context.Context) error
}

// Process is a program that runs, has run, or will run again. Its methods are
// safe for concurrent use; those that change its state wait for each other.
type Process struct {
	spec Spec
	tail *tail

	control sync.Mutex // held by the methods that change the state

	mu     sync.Mutex // guards what follows
	run    *run
	hung   bool
	closed bool
}

// Start runs the program and waits until it is ready, at most until ctx is done
// ([wait.Bound] where ctx has no deadline). The context bounds the start only,
// not the program's life: the caller must Close it. Where the start fails
// nothing is left running, and the error is an [*ExitedError] where the program
// ended by itself.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	p := &Process{spec: spec, tail: newTail(spec.Log)}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// start launches the program once more and waits until it is ready. The caller
// holds control, or is the only one who knows p.
func (p *Process) start(ctx context.Context) error {
	r, err := p.spawn(ctx, false)
	if err != nil {
		return err
	}
	return p.ready(ctx, r)
}

// spawn launches the program, stopped at its start where hung is set.
func (p *Process) spawn(ctx context.Context, hung bool) (*run, error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), p.spec.Path, p.spec.Args...)
	cmd.Env, cmd.Dir = p.spec.Env, p.spec.Dir
	cmd.Stdout, cmd.Stderr = p.tail, p.tail
	// A grandchild that inherited the output must not keep Wait waiting.
	cmd.WaitDelay = time.Second
	detach(cmd)

	r, err := launch(cmd, hung)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.spec.Name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.run, p.hung = r, hung
	return r, nil
}

func (p *Process) ready(ctx context.Context, r *run) error {
	if p.spec.Ready == nil {
		return nil
	}
	if err := p.awaitReady(ctx, r); err != nil {
		return fmt.Errorf("start %s: %w", p.spec.Name, err)
	}
	return nil
}

func (p *Process) awaitReady(ctx context.Context, r *run) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel(nil)
	watching.Go(func() {
		select {
		case <-r.exited:
			cancel(&ExitedError{Name: p.spec.Name, Err: r.err, Output: p.tail.last(failure.MaxQuote)})
		case <-ctx.Done():
		}
	})
	err := wait.For(ctx, p.spec.Name+" to be ready", func() (bool, error) {
		// A program that accepts and never answers must not use up the whole
		// time in one look.
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		err := p.spec.Ready(ctx)
		return err == nil, err
	})
	if exited, ok := errors.AsType[*ExitedError](context.Cause(ctx)); ok {
		return exited
	}
	if err != nil {
		return fmt.Errorf("%w; its last output: %s", err, failure.Line(p.tail.last(failure.MaxQuote)))
	}
	return nil
}

// ExitedError says that a program ended before it was ready.
type ExitedError struct {
	// Name is the process's name.
	Name string
	// Err is how it ended; nil for exit status 0.
	Err error
	// Output is the end of what it wrote, raw.
	Output string
}

// Error renders how the program ended and its last words.
func (e *ExitedError) Error() string {
	how := "exit status 0"
	if e.Err != nil {
		how = e.Err.Error()
	}
	return fmt.Sprintf("%s ended before it was ready (%s); its last output: %s", e.Name, how, failure.Line(e.Output))
}

// Unwrap returns how it ended.
func (e *ExitedError) Unwrap() error { return e.Err }
