// Package faulttest is a stack to try faults on: real processes and real links,
// and nothing that they are for.
package faulttest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Stack is a [stack.Stack] of what a test puts into it.
type Stack struct {
	stack.Stack // nil: what faults have no business with
	PartList    []stack.Part
	LinkList    []*network.Link
}

// Parts implements [stack.Stack].
func (s *Stack) Parts() []stack.Part { return s.PartList }

// Links implements [stack.Stack].
func (s *Stack) Links() []*network.Link { return s.LinkList }

// Impact implements [stack.Stack]: what it was asked is in the delay and marks.
func (s *Stack) Impact(kind, on string, with json.RawMessage) fault.Impact {
	return fault.Impact{Breaks: []fault.Mark{{Invariant: kind, Entity: on}}, Delay: time.Duration(len(with))}
}

// Net is a network that ends with the test.
func Net(t *testing.T) *network.Net {
	t.Helper()
	n, err := network.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close the network: %v", err)
		}
	})
	return n
}

// Make makes a fault, of a kind that must be there.
func Make(t *testing.T, kinds []stack.Kind, s stack.Stack, spec stack.Spec) fault.Fault {
	t.Helper()
	f, err := Try(t, kinds, s, spec)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Available(); err != nil {
		t.Fatal(err)
	}
	if want := spec.Kind + " " + spec.On; f.Name() != want {
		t.Errorf("the fault calls itself %q, want %q", f.Name(), want)
	}
	if got, want := f.Impact(), s.Impact(spec.Kind, spec.On, spec.With); got.Breaks[0] != want.Breaks[0] || got.Delay != want.Delay {
		t.Errorf("Impact() = %v, want the stack's, %v", got, want)
	}
	return f
}

// Try makes a fault that may be impossible.
func Try(t *testing.T, kinds []stack.Kind, s stack.Stack, spec stack.Spec) (fault.Fault, error) {
	t.Helper()
	for _, k := range kinds {
		if k.Name == spec.Kind {
			return k.New(s, spec.On, spec.With)
		}
	}
	t.Fatalf("there is no kind %s", spec.Kind)
	return nil, nil
}

// Context is one that ends in time.
func Context(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// Do injects or heals, which must succeed.
func Do(t *testing.T, what string, do func(context.Context) error) {
	t.Helper()
	if err := do(Context(t)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
