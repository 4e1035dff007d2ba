package host

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxEvents is how many of a plugin's events wait for whoever watches it.
const maxEvents = 64

// A Subject is a loaded subject: a protocol.Subject whose every call has the
// entry's deadline, and whose plugin is kept alive as package supervisor
// describes. Its methods may be called concurrently.
type Subject struct {
	name       string
	logger     *slog.Logger
	supervisor *supervisor.Supervisor
	events     chan supervisor.Event
}

var (
	_ protocol.Subject   = (*Subject)(nil)
	_ protocol.Describer = (*Subject)(nil)
	_ restartable        = (*Subject)(nil)
)

// Load starts an entry's plugin and opens its subject. Close ends both. ctx
// bounds the loading, which has bounds of its own, and nothing after it. The
// plugin's log, and what becomes of its process, go to logger, nil for nowhere.
//
// An entry that neither has the checksum of its plugin's binary nor is insecure
// is refused before anything is started, see [Entry.CheckTrust]; an insecure one
// is warned of. A configuration that the subject refuses is a *[ConfigError],
// which tells where each wrong field is and wraps the subject's *protocol.Error.
func Load(ctx context.Context, entry Entry, logger *slog.Logger) (*Subject, error) {
	if err := entry.Check(); err != nil {
		return nil, err
	}
	s := &Subject{name: entry.Name, logger: loggerOf(entry, logger), events: make(chan supervisor.Event, maxEvents)}
	spec, err := entry.spec(s.logger)
	if err != nil {
		return nil, loadError(entry, err)
	}
	s.supervisor, err = supervisor.Start(ctx, supervisor.Options{Spec: spec, Events: s.events, Logger: s.logger})
	if err != nil {
		return nil, loadError(entry, err)
	}
	return s, nil
}

// Reload replaces the plugin's process by one of entry, which may have another
// binary, configuration, timeout, or crash budget, without a call failing; its
// name and its interval do not matter. If anything is wrong the old process goes
// on serving, and the error says what. It also brings back a plugin that has
// died too often. [Watch] reports what came of it.
func (s *Subject) Reload(ctx context.Context, entry Entry) error {
	err := entry.Check()
	var spec supervisor.Spec
	if err == nil {
		spec, err = entry.spec(s.logger)
	}
	if err != nil {
		err = fmt.Errorf("reload: %w", err)
		s.tell(supervisor.Event{Time: time.Now().UTC(), Type: supervisor.EventSwapRefused, Err: err})
		return err
	}
	return s.supervisor.Reload(ctx, spec)
}

// tell adds to the events, if somebody takes them.
func (s *Subject) tell(e supervisor.Event) {
	select {
	case s.events <- e:
	default:
	}
}

// Name returns what people call the subject.
func (s *Subject) Name() string { return s.name }

// Definition returns the definition in force.
func (s *Subject) Definition() protocol.Definition { return s.supervisor.Definition() }

// DefinitionFrom returns the definition of a generation of the plugin's process,
// and false if it is not the last one.
func (s *Subject) DefinitionFrom(generation uint64) (protocol.Definition, bool) {
	return s.supervisor.DefinitionFrom(generation)
}

// PID returns the ID of the plugin's process, 0 while there is none.
func (s *Subject) PID() int { return s.supervisor.PID() }

// Events returns what happens to the plugin's process, for one reader, which is
// [Watch] if the subject is watched. What nobody reads is dropped.
func (s *Subject) Events() <-chan supervisor.Event { return s.events }

// Observe implements protocol.Subject, within the entry's timeout.
func (s *Subject) Observe(ctx context.Context) (protocol.Observation, error) {
	o, _, err := s.ObserveFrom(ctx)
	return o, err
}

// ObserveFrom is Observe, and says which generation of the plugin's process has
// observed: the first is 1, and each that is started later has a higher number.
func (s *Subject) ObserveFrom(ctx context.Context) (protocol.Observation, uint64, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	return s.supervisor.ObserveFrom(ctx)
}

// Act implements protocol.Subject, within the entry's timeout.
func (s *Subject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	return s.supervisor.Act(ctx, action)
}

func (s *Subject) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.supervisor.Spec().Timeout)
}

// Close ends the plugin. It takes no longer than plugin.Options.CloseTimeout
// and a moment, and may be called more than once.
func (s *Subject) Close() error { return s.supervisor.Close() }
