package bugs

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// wrapped is a subject with one thing done in another way. What is nil is done as
// the right subject does it.
type wrapped struct {
	right   protocol.Subject
	def     protocol.Definition
	observe func(ctx context.Context) (protocol.Observation, error)
	act     func(ctx context.Context, action protocol.Action) (protocol.Outcome, error)
	close   func() error
}

// Observe implements [protocol.Subject].
func (w *wrapped) Observe(ctx context.Context) (protocol.Observation, error) {
	if w.observe != nil {
		return w.observe(ctx)
	}
	return w.right.Observe(ctx)
}

// Act implements [protocol.Subject].
func (w *wrapped) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	if w.act != nil {
		return w.act(ctx, action)
	}
	return w.right.Act(ctx, action)
}

// Definition implements [protocol.Describer].
func (w *wrapped) Definition() protocol.Definition { return w.def }

// Close implements [io.Closer].
func (w *wrapped) Close() error {
	var errs []error
	if w.close != nil {
		errs = append(errs, w.close())
	}
	if c, ok := w.right.(io.Closer); ok {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// keepViolations and keepUnchecked return those that keep says, in a slice of
// their own: an observation may be shared by several callers.
func keepViolations(all []protocol.Violation, keep func(protocol.Violation) bool) []protocol.Violation {
	return slices.DeleteFunc(slices.Clone(all), func(v protocol.Violation) bool { return !keep(v) })
}

func keepUnchecked(all []protocol.Unchecked, keep func(protocol.Unchecked) bool) []protocol.Unchecked {
	return slices.DeleteFunc(slices.Clone(all), func(u protocol.Unchecked) bool { return !keep(u) })
}

// failed tells whether an observation lacks a source that it was to read.
func failed(o protocol.Observation) bool {
	return slices.ContainsFunc(o.Sources, func(s protocol.Source) bool {
		return s.Class != protocol.SourceOK && s.Class != protocol.SourceNotConfigured
	})
}
