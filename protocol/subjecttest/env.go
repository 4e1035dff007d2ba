package subjecttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// An Env is what a [Check] works with. It is safe for concurrent use.
type Env struct {
	suite Suite
	seen  *seen
	label string // of every goroutine that the check's calls start

	mu        sync.Mutex
	inCall    map[*string]struct{} // the calls that have not returned
	faults    []error
	instances []Instance
	over      bool
}

// Suite returns the suite that is run, its defaults filled in.
func (e *Env) Suite() Suite { return e.suite }

// Start starts an instance that is closed after the check.
func (e *Env) Start(ctx context.Context) (Instance, error) {
	if e.suite.Start == nil {
		return nil, errors.New("nothing can be tried: give Suite.Start")
	}
	instance, err := call(ctx, e, "Start", func(ctx context.Context) (Instance, error) {
		instance, err := e.suite.Start(ctx)
		if err == nil && instance != nil {
			err = e.adopt(instance)
		}
		return instance, err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("Start: %w", err)
	case instance == nil:
		return nil, errors.New("Start returned no instance and no error")
	}
	return instance, nil
}

// adopt has an instance closed after the check, or at once where that is over:
// a start that took too long must not leave a process behind.
func (e *Env) adopt(instance Instance) error {
	e.mu.Lock()
	over := e.over
	if !over {
		e.instances = append(e.instances, instance)
	}
	e.mu.Unlock()
	if over {
		return errors.Join(errors.New("the check is over"), instance.Close())
	}
	return nil
}

// Definition returns an instance's definition.
func (e *Env) Definition(ctx context.Context, instance Instance) (protocol.Definition, error) {
	return call(ctx, e, "Definition", func(context.Context) (protocol.Definition, error) { return instance.Definition(), nil })
}

// OpenOn opens the subject of an instance. The error is the subject's.
func (e *Env) OpenOn(ctx context.Context, instance Instance, config json.RawMessage) (*Opened, error) {
	def, err := e.Definition(ctx, instance)
	if err != nil {
		return nil, err
	}
	if def.Open == nil {
		return nil, errors.New("the Definition has no Open")
	}
	subject, err := call(ctx, e, "Open", func(ctx context.Context) (protocol.Subject, error) { return def.Open(ctx, config) })
	e.seen.err(opOpen, err)
	switch {
	case err != nil:
		return nil, err
	case subject == nil:
		return nil, errors.New("Open returned no subject and no error")
	}
	inForce, err := call(ctx, e, "Definition", func(context.Context) (protocol.Definition, error) {
		return protocol.DefinitionOf(subject, def), nil
	})
	if err != nil {
		return nil, err
	}
	return &Opened{Instance: instance, Definition: inForce, subject: subject, env: e}, nil
}

// Open starts an instance and opens its subject with config. Here an error of
// the subject's is that of a configuration that it should have taken.
func (e *Env) Open(ctx context.Context, config json.RawMessage) (*Opened, error) {
	instance, err := e.Start(ctx)
	if err != nil {
		return nil, err
	}
	o, err := e.OpenOn(ctx, instance, config)
	if err != nil {
		return nil, fmt.Errorf("a valid configuration was not opened: %s", told(err))
	}
	if o.checker, err = verify.New(o.Definition); err != nil {
		return nil, fmt.Errorf("the Definition in force cannot be used: %s", told(err))
	}
	return o, nil
}

// up opens the subject of the running system.
func (e *Env) up(ctx context.Context) (*Opened, error) {
	if len(e.suite.Config) == 0 {
		return nil, errNoConfig
	}
	return e.Open(ctx, e.suite.Config)
}

// down opens the subject of the system that cannot be reached.
func (e *Env) down(ctx context.Context) (*Opened, error) {
	if len(e.suite.Down) == 0 {
		return nil, errNoDown
	}
	return e.Open(ctx, e.suite.Down)
}

// hang opens the subject of the system that never answers.
func (e *Env) hang(ctx context.Context) (*Opened, error) {
	if len(e.suite.Hang) == 0 {
		return e.down(ctx)
	}
	return e.Open(ctx, e.suite.Hang)
}

// Opened is a subject that a check has opened. Its calls return at the latest
// the suite's Slack after their context's end: with an error if the subject's
// has not, which fails the check, whatever it makes of the error. So does a
// panic.
type Opened struct {
	// Instance is what the subject came from.
	Instance Instance
	// Definition is the one in force.
	Definition protocol.Definition

	subject protocol.Subject
	checker *verify.Checker
	env     *Env
}

// Observe calls the subject's Observe.
func (o *Opened) Observe(ctx context.Context) (protocol.Observation, error) {
	observation, err := call(ctx, o.env, "Observe", o.subject.Observe)
	o.env.seen.err(opObserve, err)
	o.env.seen.observation(observation)
	return observation, err
}

// Act calls the subject's Act.
func (o *Opened) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	outcome, err := call(ctx, o.env, "Act", func(ctx context.Context) (protocol.Outcome, error) { return o.subject.Act(ctx, action) })
	o.env.seen.err(opAct, err)
	return outcome, err
}

// errNoConfig is why nothing can be tried on a running system.
var errNoConfig = errors.New("there is no running system to try this on: give Suite.Config, a valid configuration of one")
