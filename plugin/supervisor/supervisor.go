package supervisor

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Supervisor is a subject whose process is kept alive. Its methods may be
// called concurrently.
type Supervisor struct {
	opts     Options
	launch   launcher
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	swapping chan struct{}  // held by the reload under way
	working  sync.WaitGroup // everything that Close waits for

	mu      sync.Mutex
	state   State
	changed chan struct{} // closed when state changes, and replaced
	last    *generation   // the one in service, else the one that was
	release context.CancelFunc
	crashes crashes
	why     error     // the process is down
	retry   time.Time // when the next one will be started
	memory  *memory
	missed  int // events

	closeOnce sync.Once
	closeErr  error
}

var (
	_ protocol.Subject   = (*Supervisor)(nil)
	_ protocol.Describer = (*Supervisor)(nil)
	_ io.Closer          = (*Supervisor)(nil)
)

// State is what a Supervisor is doing.
type State string

// The states.
const (
	// Running: a process is in service.
	Running State = "running"
	// Down: it has died, and another one will be.
	Down State = "down"
	// Failed: it has died too often and stays down; Reload brings it back.
	Failed State = "failed"
	// Closed: there will be none.
	Closed State = "closed"
)

// Start starts the first process and configures it. ctx bounds that, within the
// bounds that the Spec has, and nothing after it. The error is that of
// [plugin.Launch] or of the definition's Open, as Spec.Explain has it; there are
// no further attempts, and nothing is left.
func Start(ctx context.Context, opts Options) (*Supervisor, error) {
	return startWith(ctx, opts, launchPlugin)
}

func startWith(ctx context.Context, opts Options, launch launcher) (*Supervisor, error) {
	opts = opts.withDefaults()
	first, err := start(ctx, launch, opts.Spec)
	if err != nil {
		return nil, err
	}
	s := &Supervisor{
		opts: opts, launch: launch,
		swapping: make(chan struct{}, 1),
		changed:  make(chan struct{}),
		memory:   newMemory(),
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock()
	e := s.install(first, EventRunning)
	s.mu.Unlock()
	s.log(e)
	return s, nil
}

// install puts a process into service, in place of whatever was, and begins to
// watch over it. The lock is held.
func (s *Supervisor) install(g *generation, as EventType) Event {
	if s.release != nil {
		s.release() // who watches over the last one
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.release = cancel
	s.working.Go(func() {
		defer cancel()
		s.keep(ctx, g)
	})
	return s.serve(g, as)
}

// serve puts a process into service. The lock is held.
func (s *Supervisor) serve(g *generation, as EventType) Event {
	e := Event{Type: as, PID: g.process.PID(), Redefined: g.redefines(s.last)}
	g.n = 1
	if s.last != nil {
		g.n = s.last.n + 1
	}
	e.Generation = g.n
	s.last, s.why = g, nil
	s.turn(Running)
	s.emit(e)
	return e
}

// turn changes the state, and wakes whoever waits for that. The lock is held.
func (s *Supervisor) turn(state State) {
	s.state = state
	close(s.changed)
	s.changed = make(chan struct{})
}

// State returns what the Supervisor is doing. It may be something else by the
// time the caller looks at it.
func (s *Supervisor) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// PID returns the ID of the process in service, 0 if none is.
func (s *Supervisor) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != Running {
		return 0
	}
	return s.last.process.PID()
}

// Definition returns what the process in service declares, or the last one that
// was.
func (s *Supervisor) Definition() protocol.Definition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.def
}

// DefinitionFrom returns what the process of that generation declares, and false
// if another has been put into service since.
func (s *Supervisor) DefinitionFrom(generation uint64) (protocol.Definition, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.def, s.last.n == generation
}

// Spec returns what the process in service was started from, or the last one
// that was. It is not to be modified.
func (s *Supervisor) Spec() Spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.spec
}

// Close ends every process, also those that are only just being started, and
// waits until they are gone: for plugin.Options.CloseTimeout and a moment. Calls
// that wait for a process fail at once, those in flight when their process is
// closed. Close may be called more than once; every call waits and returns the
// same. The error is that a process is still there.
func (s *Supervisor) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		running := s.state == Running
		s.turn(Closed)
		s.cancel()
		g := s.last
		s.mu.Unlock()

		var err error
		if running {
			err = g.close()
		}
		s.working.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closeErr = errors.Join(s.closeErr, err)
		s.emit(Event{Type: EventClosed, Generation: g.n})
	})
	return s.closeErr
}

// discard closes a process that is in service no more. What goes wrong with that
// is for Close to tell.
func (s *Supervisor) discard(g *generation) {
	if err := g.close(); err != nil {
		s.opts.Logger.Error("a plugin's process did not end", "pid", g.process.PID(), "error", err)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closeErr = err
	}
}
