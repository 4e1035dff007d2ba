package supervisor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A process is what the supervisor needs of a [plugin.Plugin].
type process interface {
	Definition() protocol.Definition
	Done() <-chan struct{}
	Err() error
	PID() int
	Close() error
}

// A launcher starts a process.
type launcher func(context.Context, plugin.Options) (process, error)

func launchPlugin(ctx context.Context, opts plugin.Options) (process, error) {
	p, err := plugin.Launch(ctx, opts)
	if err != nil {
		return nil, err // and no process: a nil *Plugin would be one
	}
	return p, nil
}

// A generation is a configured process.
type generation struct {
	n       uint64 // from 1, 0 until it is in service
	process process
	subject protocol.Subject
	def     protocol.Definition
	spec    Spec
	began   time.Time

	// dropped is closed, and cause set, before a process is closed that may have
	// calls in flight.
	dropped chan struct{}
	cause   error

	// close closes the process, once, and returns the same each time.
	close func() error

	// Under the supervisor's lock.
	unreached   int       // observations in a row that did not get through
	unreachedAt time.Time // the first of them

	calls   int // in flight
	retired bool
	idle    chan struct{} // closed when it is retired and has no calls in flight
}

// configureTimeout bounds the opening of a subject, which contacts nothing.
const configureTimeout = 10 * time.Second

// start starts a process and configures it. When it returns an error nothing of
// the process is left; the error says at which step it failed.
func start(ctx context.Context, launch launcher, spec Spec) (*generation, error) {
	p, err := launch(ctx, launchable(spec.Options))
	if err != nil {
		return nil, spec.Explain(err) // it says that it is about the start
	}
	configuring, cancel := context.WithTimeout(ctx, configureTimeout)
	defer cancel()
	subject, err := p.Definition().Open(configuring, spec.Config)
	if err != nil {
		err = spec.Explain(better(ctx, p, err))
		return nil, withCleanup(fmt.Errorf("configure: %w", err), p.Close())
	}
	return &generation{
		process: p, subject: subject, spec: spec, began: time.Now(),
		def:     protocol.DefinitionOf(subject, p.Definition()),
		dropped: make(chan struct{}), idle: make(chan struct{}),
		close: sync.OnceValue(p.Close),
	}, nil
}

// check makes one observation, and closes a process that makes none. What it
// says does not matter: the system may be down.
func (g *generation) check(ctx context.Context) error {
	observing, cancel := context.WithTimeout(ctx, g.spec.Timeout)
	defer cancel()
	if _, err := g.subject.Observe(observing); err != nil {
		err = g.spec.Explain(better(ctx, g.process, err))
		return withCleanup(fmt.Errorf("observe: %w", err), g.close())
	}
	return nil
}

// better returns how the process has ended if it has, which explains why it did
// not answer, else err.
func better(ctx context.Context, p process, err error) error {
	if ctx.Err() == nil && ended(p.Done()) {
		return p.Err()
	}
	return err
}

func withCleanup(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return errors.Join(err, cleanup)
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// drop says that the process is about to be closed, and why. The supervisor's
// lock is held.
func (g *generation) drop(cause error) {
	if !ended(g.dropped) {
		g.cause = cause
		close(g.dropped)
	}
}

// lost tells that a call that failed did so because its process was lost under
// it, be it dead or dropped.
func (g *generation) lost() bool { return ended(g.process.Done()) || ended(g.dropped) }

// why is why it was lost.
func (g *generation) why() error {
	if ended(g.dropped) {
		return g.spec.Explain(g.cause)
	}
	return g.spec.Explain(g.process.Err())
}

// redefines tells whether it declares something else than the one before.
func (g *generation) redefines(before *generation) bool {
	if before == nil {
		return false
	}
	a, b := g.def, before.def
	a.Open, b.Open = nil, nil // which are never equal
	return !reflect.DeepEqual(a, b)
}
