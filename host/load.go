package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The bounds of loading: of starting the plugin, generous because a machine may
// be busy, and of opening the subject, which contacts nothing.
const (
	startTimeout = 20 * time.Second
	openTimeout  = 10 * time.Second
)

// A Subject is a loaded subject: a protocol.Subject whose every call has the
// entry's deadline. Its methods may be called concurrently.
type Subject struct {
	name    string
	timeout time.Duration
	def     protocol.Definition
	inner   protocol.Subject
	plugin  *plugin.Plugin
}

var (
	_ protocol.Subject   = (*Subject)(nil)
	_ protocol.Describer = (*Subject)(nil)
)

// Load starts an entry's plugin and opens its subject. Close ends both. ctx
// bounds the loading, which has bounds of its own, and nothing after it. The
// plugin's log goes to logger, nil for nowhere.
//
// A configuration that the subject refuses is a *[ConfigError], which tells
// where each wrong field is and wraps the subject's *protocol.Error.
func Load(ctx context.Context, entry Entry, logger *slog.Logger) (*Subject, error) {
	if err := entry.Check(); err != nil {
		return nil, err
	}
	p, err := launch(ctx, entry, logger)
	if err != nil {
		return nil, err
	}
	inner, err := open(ctx, p, entry)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	s := &Subject{
		name:    entry.Name,
		timeout: entry.Timeout,
		def:     protocol.DefinitionOf(inner, p.Definition()),
		inner:   inner,
		plugin:  p,
	}
	if s.timeout <= 0 {
		s.timeout = DefaultTimeout
	}
	return s, nil
}

// Describe starts an entry's plugin, asks what it declares, and ends it. The
// definition is the one in force where the entry's configuration can be opened,
// else what holds without a configuration, and openErr then says what is wrong
// with it. The definition's Open is nil.
func Describe(ctx context.Context, entry Entry, logger *slog.Logger) (def protocol.Definition, openErr, err error) {
	if entry.Err != nil {
		return protocol.Definition{}, nil, entry.Err
	}
	p, err := launch(ctx, entry, logger)
	if err != nil {
		return protocol.Definition{}, nil, err
	}
	def, openErr = p.Definition(), entry.ConfigErr
	if openErr == nil {
		var inner protocol.Subject
		if inner, openErr = open(ctx, p, entry); openErr == nil {
			def = protocol.DefinitionOf(inner, def)
		}
	}
	def.Open = nil
	return def, openErr, p.Close()
}

func launch(ctx context.Context, entry Entry, logger *slog.Logger) (*plugin.Plugin, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	p, err := plugin.Launch(ctx, plugin.Options{
		Path:         entry.Plugin,
		Args:         entry.Args,
		Env:          entry.Env,
		Logger:       logger.With("subject", entry.Name),
		StartTimeout: startTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", entry.Name, entry.explain(err))
	}
	return p, nil
}

func open(ctx context.Context, p *plugin.Plugin, entry Entry) (protocol.Subject, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	config := entry.Config
	if len(config) == 0 {
		config = json.RawMessage(`{}`)
	}
	inner, err := p.Definition().Open(ctx, config)
	if err == nil {
		return inner, nil
	}
	err = entry.explain(err)
	if _, ok := errors.AsType[*ConfigError](err); ok {
		return nil, err
	}
	return nil, fmt.Errorf("load %s: %w", entry.Name, err)
}

// explain relates an error to the entry's file, if it has one.
func (e Entry) explain(err error) error {
	if e.origin == nil {
		return err
	}
	return e.origin.explain(err)
}

// Name returns what people call the subject.
func (s *Subject) Name() string { return s.name }

// Definition returns the definition in force.
func (s *Subject) Definition() protocol.Definition { return s.def }

// PID returns the ID of the plugin's process.
func (s *Subject) PID() int { return s.plugin.PID() }

// Observe implements protocol.Subject, within the entry's timeout.
func (s *Subject) Observe(ctx context.Context) (protocol.Observation, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.inner.Observe(ctx)
}

// Act implements protocol.Subject, within the entry's timeout.
func (s *Subject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return s.inner.Act(ctx, action)
}

// Close ends the plugin. It takes no longer than plugin.Options.CloseTimeout
// has it, and may be called more than once.
func (s *Subject) Close() error { return s.plugin.Close() }
