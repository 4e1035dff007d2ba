package supervisor

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// Options say what to keep alive, and how.
type Options struct {
	// Spec is what to start first.
	Spec Spec
	// Backoff is how long to wait between starts.
	Backoff Backoff
	// Events takes what happens, in its order. Nothing waits for it: what does
	// not fit is dropped, and the next event that fits says how many were. So it
	// needs a buffer; 64 is plenty for a reader that does not sleep. It is never
	// closed: [EventClosed] is the last event. Nil discards events.
	Events chan<- Event
	// Logger takes what happens as well, nil for nowhere. The plugin's own log
	// goes where Spec.Options.Logger says.
	Logger *slog.Logger
}

// A Spec is what to run.
type Spec struct {
	// Options start the process.
	Options plugin.Options
	// Config is the subject's configuration, which each process is given. Empty
	// means {}.
	Config json.RawMessage
	// Budget is how often the process may die.
	Budget Budget
	// Timeout is how long a call of the subject may take, 10 s if zero: it bounds
	// the observation with which Reload checks a new process, and what an old one
	// is given to finish the calls that it has. Callers have their own deadlines.
	Timeout time.Duration
	// Explain, if not nil, is given each error that tells why a process did not
	// start or how it ended, and returns what callers, events and the log get in
	// its place: one that is about the caller's file, or without its secrets.
	Explain func(error) error
}

// A Budget is how often a process may die before it stays down: Max times within
// any time of length Within. A process that does not start counts as one that
// died.
type Budget struct {
	// Max is 5 if zero, and none if negative.
	Max int
	// Within is 10 minutes if zero.
	Within time.Duration
}

// A Backoff is how long to wait before a process is started again: First after
// the first crash, twice as long after each further one, but no longer than Max,
// and each time up to half of it less, at random, so that what died together
// does not start together.
type Backoff struct {
	// First is 100 ms if zero.
	First time.Duration
	// Max is 30 s if zero.
	Max time.Duration
	// Reset is how long a process must have run for the next delay to be First
	// again, 1 minute if zero.
	Reset time.Duration
}

func (o Options) withDefaults() Options {
	o.Spec = o.Spec.withDefaults()
	if o.Backoff.First <= 0 {
		o.Backoff.First = 100 * time.Millisecond
	}
	if o.Backoff.Max <= 0 {
		o.Backoff.Max = 30 * time.Second
	}
	if o.Backoff.Reset <= 0 {
		o.Backoff.Reset = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// withDefaults returns a Spec that shares nothing with the caller's.
func (s Spec) withDefaults() Spec {
	s.Options = launchable(s.Options)
	s.Config = bytes.Clone(s.Config)
	if len(s.Config) == 0 {
		s.Config = json.RawMessage(`{}`)
	}
	switch {
	case s.Budget.Max == 0:
		s.Budget.Max = 5
	case s.Budget.Max < 0:
		s.Budget.Max = 0
	}
	if s.Budget.Within <= 0 {
		s.Budget.Within = 10 * time.Minute
	}
	if s.Timeout <= 0 {
		s.Timeout = 10 * time.Second
	}
	if s.Explain == nil {
		s.Explain = func(err error) error { return err }
	}
	return s
}

// launchable returns options for one more launch, which shares nothing with any
// other.
func launchable(o plugin.Options) plugin.Options {
	o.Args, o.Env = slices.Clone(o.Args), slices.Clone(o.Env)
	return o
}
