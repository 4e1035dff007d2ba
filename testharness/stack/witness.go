package stack

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// A Witness is a [Stack] that can tell what is broken though nobody has broken
// it: on a machine that is too busy requests are slow, and a subject that says
// so is right. It is the stack's own look, past the subject.
type Witness interface {
	Stack
	// Witness returns what is broken now, which is nothing on a machine that has
	// time. It is cheap enough to be asked once a second.
	Witness(ctx context.Context) ([]fault.Mark, error)
}
