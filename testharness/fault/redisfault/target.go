package redisfault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A Target is a rate limiter that can be hurt by way of its Redis. Its methods
// are safe for concurrent use.
type Target interface {
	// Redis is what the nodes share.
	Redis() *redisset.Set
	// NodeNames are the limiter's nodes: names of parts, and their ids.
	NodeNames() []string
	// RestartNode restarts a node with further flags, and returns when it serves.
	// Without any it is again as it was made.
	RestartNode(ctx context.Context, name string, flags ...string) error
	// DefaultLimit and DefaultWindow are for keys that have none of their own.
	DefaultLimit() int
	DefaultWindow() time.Duration
	// RegistrationTTL is how long a node that cannot refresh its registration
	// stays registered.
	RegistrationTTL() time.Duration
}

// errNoTarget is for a stack that has no Redis of this kind.
var errNoTarget = errors.New("this system has no Redis that can be hurt")

// targetOf returns the stack as what can be hurt here.
func targetOf(s stack.Stack) (Target, error) {
	t, ok := s.(Target)
	if !ok {
		return nil, errNoTarget
	}
	return t, nil
}

// kind makes a kind of fault of a function that has its parameters decoded.
func kind[P any](name, summary string, on stack.Target, schema string, build func(t Target, on string, with P) (fault.Fault, error)) stack.Kind {
	k := stack.Kind{Name: name, Summary: summary, On: on}
	if schema != "" {
		k.With = json.RawMessage(schema)
	}
	k.New = func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
		t, err := targetOf(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var params P
		if len(with) > 0 {
			if err := json.Unmarshal(with, &params); err != nil {
				return nil, fmt.Errorf("%s: with: %w", name, err)
			}
		}
		f, err := build(t, on, params)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return f, nil
	}
	return k
}

// none is for kinds without parameters.
type none struct{}
