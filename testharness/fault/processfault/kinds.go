package processfault

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Kinds are the faults of processes.
func Kinds() []stack.Kind {
	return []stack.Kind{killKind(), hangKind(), restartKind(), slowStartKind()}
}

// newFault makes a fault of all parts that on names, each hurt as hurt says.
func newFault(s stack.Stack, kind, on string, with json.RawMessage, available func() error, hurt func(stack.Part) (fault.Hurt, error)) (fault.Fault, error) {
	parts, err := kit.Parts(s, on)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	hurts := make([]fault.Hurt, len(parts))
	for i, p := range parts {
		if hurts[i], err = hurt(p); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
	}
	impact := func() fault.Impact { return s.Impact(kind, on, with) }
	return fault.New(kind+" "+on, impact, available, hurts...), nil
}

// newPlain makes a fault that has no parameters.
func newPlain(s stack.Stack, kind, on string, with json.RawMessage, available func() error, hurt func(stack.Part) (fault.Hurt, error)) (fault.Fault, error) {
	if err := kit.Decode(with, &struct{}{}); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return newFault(s, kind, on, with, available, hurt)
}

// stoppable tells whether processes can be stopped without ending them here.
func stoppable() error {
	if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
		return fault.Unavailable("%s cannot stop a process and let it go on later", runtime.GOOS)
	}
	return nil
}
