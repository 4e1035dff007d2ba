package subjecttest

import (
	"context"
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// observeDownChecks are about a system that cannot be reached.
func observeDownChecks() []Check {
	return []Check{
		{"observe/down_is_no_error", "a source that fails makes an observation partial, and is no error", onDown(func(*Opened, protocol.Observation) error { return nil })},
		{"observe/down_holds_nothing", "missing data is never \"fine\": of a system that cannot be reached no invariant is held", onDown(func(o *Opened, seen protocol.Observation) error {
			return holdsNothing(o.Definition, seen)
		})},
		{"observe/down_says_why", "of a system that cannot be reached the sources tell which failed and how", onDown(saysWhy)},
	}
}

// onDown makes a check of the observation of a system that cannot be reached.
func onDown(try func(o *Opened, seen protocol.Observation) error) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error {
		o, err := e.down(ctx)
		if err != nil {
			return err
		}
		l, err := o.look(ctx)
		if err != nil {
			return err
		}
		return try(o, l.Observation)
	}
}

// holdsNothing returns which invariants an observation says are held.
func holdsNothing(def protocol.Definition, o protocol.Observation) error {
	var held []string
	for _, inv := range def.Invariants {
		if o.VerdictOn(inv.Name, "") == protocol.Held {
			held = append(held, inv.Name)
		}
	}
	if len(held) > 0 {
		return fmt.Errorf("nothing could be read, and %s are in neither Violations nor Unchecked, which says that they were checked and held", strings.Join(held, ", "))
	}
	return nil
}

func saysWhy(_ *Opened, o protocol.Observation) error {
	for _, s := range o.Sources {
		if s.Class != protocol.SourceOK {
			return nil
		}
	}
	return fmt.Errorf("none of its %d sources is anything but OK", len(o.Sources))
}
