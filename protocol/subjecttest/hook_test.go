package subjecttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// hooks break a good subject: each stands before what the subject does, and is
// given it.
type hooks struct {
	define  func(d *protocol.Definition)
	open    func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error)
	inForce func(d *protocol.Definition)
	observe func(ctx context.Context, next observer) (protocol.Observation, error)
	act     func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error)
	closing func(next func() error) error
}

type (
	opener   func(context.Context, json.RawMessage) (protocol.Subject, error)
	observer func(context.Context) (protocol.Observation, error)
	actor    func(context.Context, protocol.Action) (protocol.Outcome, error)
)

// broken is a good definition with hooks before its parts.
func broken(h hooks) protocol.Definition {
	def := talliesDefinition()
	if h.define != nil {
		h.define(&def)
	}
	open := opener(def.Open)
	if next := open; h.open != nil {
		open = func(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
			return h.open(ctx, config, next)
		}
	}
	def.Open = func(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
		s, err := open(ctx, config)
		if err != nil {
			return nil, err
		}
		return &hooked{s, h}, nil
	}
	return def
}

type hooked struct {
	protocol.Subject

	hooks
}

func (s *hooked) Observe(ctx context.Context) (protocol.Observation, error) {
	if s.observe == nil {
		return s.Subject.Observe(ctx)
	}
	return s.observe(ctx, s.Subject.Observe)
}

func (s *hooked) Act(ctx context.Context, a protocol.Action) (protocol.Outcome, error) {
	if s.act == nil {
		return s.Subject.Act(ctx, a)
	}
	return s.act(ctx, a, s.Subject.Act)
}

func (s *hooked) Definition() protocol.Definition {
	def := protocol.DefinitionOf(s.Subject, talliesDefinition())
	if s.define != nil {
		s.define(&def)
	}
	if s.inForce != nil {
		s.inForce(&def)
	}
	return def
}

func (s *hooked) Close() error {
	next := s.Subject.(io.Closer).Close //nolint:forcetypeassert // tallies is one
	if s.closing == nil {
		return next()
	}
	return s.closing(next)
}

// defines breaks a declaration.
func defines(define func(d *protocol.Definition)) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		suite.Start = subjecttest.InProcess(broken(hooks{define: define}))
	}
}

// opens breaks Open.
func opens(open func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error)) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		suite.Start = subjecttest.InProcess(broken(hooks{open: open}))
	}
}

// forgives breaks Open so that it takes what it should refuse for a reason.
func forgives(reason string) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		good := suite.Config
		suite.Start = subjecttest.InProcess(broken(hooks{
			open: func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
				s, err := next(ctx, config)
				if err != nil && strings.Contains(err.Error(), reason) {
					return next(ctx, good)
				}
				return s, err
			},
		}))
	}
}

// observes breaks Observe.
func observes(observe func(ctx context.Context, next observer) (protocol.Observation, error)) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		suite.Start = subjecttest.InProcess(broken(hooks{observe: observe}))
	}
}

// shows breaks what Observe returns.
func shows(change func(o *protocol.Observation)) mutant {
	return observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
		o, err := next(ctx)
		if err == nil {
			change(&o)
		}
		return o, err
	})
}

// acts breaks Act.
func acts(act func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error)) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		suite.Start = subjecttest.InProcess(broken(hooks{act: act}))
	}
}

// pardons breaks Act so that it does the example's action instead of one that
// it should refuse for a reason.
func pardons(reason string) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		examples := suite.Actions
		suite.Start = subjecttest.InProcess(broken(hooks{
			act: func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				outcome, err := next(ctx, a)
				if err != nil && strings.Contains(err.Error(), reason) {
					a.Params = examples[a.Name].Params
					return next(ctx, a)
				}
				return outcome, err
			},
		}))
	}
}

// closes breaks Close.
func closes(closing func(next func() error) error) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		suite.Start = subjecttest.InProcess(broken(hooks{closing: closing}))
	}
}

// garbles breaks the errors of Act and Open.
func garbles(change func(e *protocol.Error)) mutant {
	garble := func(err error) error {
		if e, ok := errors.AsType[*protocol.Error](err); ok {
			other := *e
			change(&other)
			return &other
		}
		return err
	}
	return func(suite *subjecttest.Suite, _ *tallies) {
		suite.Start = subjecttest.InProcess(broken(hooks{
			open: func(ctx context.Context, config json.RawMessage, next opener) (protocol.Subject, error) {
				s, err := next(ctx, config)
				return s, garble(err)
			},
			act: func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				outcome, err := next(ctx, a)
				return outcome, garble(err)
			},
		}))
	}
}
