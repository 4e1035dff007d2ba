package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// actTimeChecks are about deadlines, cancellation and a system that is away.
func actTimeChecks() []Check {
	return []Check{
		{"act/ended", "a call whose context has ended does nothing, and returns Canceled or DeadlineExceeded with the Effect not_applied", eachAction(actEnded)},
		{"act/bounded", "Act returns before its deadline whatever hangs, and says what became of the change", actBounded},
		{"act/cancel", "an action that is cancelled returns at once, and says what became of the change", actCancel},
		{"act/down_dry_run", "a dry run of a system that cannot be read is an error that changed nothing, or a plan that knows nothing of before", onDownAction(actDownDryRun)},
		{"act/down", "an action on a system that cannot be reached fails, and says what became of the change", onDownAction(actDown)},
	}
}

func actEnded(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	return t.unchanged(ctx, "an action whose caller had given up", func() error {
		var p problems
		for what, end := range ended {
			for _, dryRun := range []bool{true, false} {
				over, cancel := end(ctx)
				a := t.action(protocol.NewActionID())
				a.DryRun = dryRun
				_, err := t.o.Act(over, a)
				if wrong := endedBy(over, err); wrong != nil {
					p.addf("Act with %s, dry run %t: %v", what, dryRun, wrong)
				} else if protocol.EffectOf(err) != protocol.EffectNone {
					p.addf("Act with %s, dry run %t: want the Effect %s, got %s", what, dryRun, protocol.EffectNone, told(err))
				}
				cancel()
			}
		}
		return p.err()
	})
}

// saysEffect returns what is wrong with an error of Act that may be of any
// kind, nil if nothing is: it has to say what became of the change.
func saysEffect(err error, dryRun bool) error {
	e, ok := errors.AsType[*protocol.Error](err)
	switch {
	case !ok:
		return fmt.Errorf("want an error of the contract, got %s", told(err))
	case dryRun && e.Effect != protocol.EffectNone:
		return fmt.Errorf("a dry run failed, and its Effect is not %s: %s", protocol.EffectNone, told(err))
	case e.Effect == "":
		return fmt.Errorf("the error has no Effect: %s", told(err))
	}
	return nil
}

func actBounded(ctx context.Context, e *Env) error {
	return tryActions(ctx, e, e.hang, func(ctx context.Context, t *trial) error {
		var p problems
		for _, deadline := range deadlines {
			for _, dryRun := range []bool{true, false} {
				short, cancel := context.WithTimeout(ctx, deadline)
				a := t.action(protocol.NewActionID())
				a.DryRun = dryRun
				if _, err := t.o.Act(short, a); err != nil {
					if err := saysEffect(err, dryRun); err != nil {
						p.addf("a deadline of %s: %v", deadline, err)
					}
				} else if !dryRun {
					p.addf("a deadline of %s: a system that does not answer accepted the change", deadline)
				}
				cancel()
			}
		}
		return p.err()
	})
}

func actCancel(ctx context.Context, e *Env) error {
	return tryActions(ctx, e, e.hang, func(ctx context.Context, t *trial) error {
		var p problems
		for _, after := range []time.Duration{time.Millisecond, 50 * time.Millisecond} {
			cancelled, cancel := context.WithCancel(ctx)
			timer := time.AfterFunc(after, cancel)
			_, err := t.o.Act(cancelled, t.action(protocol.NewActionID()))
			timer.Stop()
			cancel()
			if err == nil {
				p.addf("cancelled after %s: a system that does not answer accepted the change", after)
			} else if err := saysEffect(err, false); err != nil {
				p.addf("cancelled after %s: %v", after, err)
			}
		}
		return p.err()
	})
}

func onDownAction(try func(ctx context.Context, t *trial) error) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error { return tryActions(ctx, e, e.down, try) }
}

func actDownDryRun(ctx context.Context, t *trial) error {
	a := t.action("")
	a.DryRun = true
	plan, err := t.act(ctx, a)
	if err != nil {
		if err := saysEffect(err, true); err != nil {
			return err
		}
		return isAway(err)
	}
	for _, c := range plan.Changes {
		if c.Before != nil {
			return fmt.Errorf("the system cannot be read, and the plan says that %s of %s was %s before", quoted(c.Field), quoted(c.Entity), quoted(string(c.Before)))
		}
	}
	if plan.Status != protocol.OutcomePlanned {
		return fmt.Errorf("the system cannot be read, and the outcome of a dry run is %s", quoted(shown(plan)))
	}
	return nil
}

func actDown(ctx context.Context, t *trial) error {
	outcome, err := t.act(ctx, t.action(protocol.NewActionID()))
	if err == nil {
		return fmt.Errorf("the system cannot be reached, and the outcome is %s", quoted(shown(outcome)))
	}
	if err := saysEffect(err, false); err != nil {
		return err
	}
	if protocol.EffectOf(err) == protocol.EffectApplied {
		return fmt.Errorf("the system cannot be reached, and the error says that it was changed: %s", told(err))
	}
	return isAway(err)
}

// isAway returns what is wrong with the code of an error about a system that
// does not answer.
func isAway(err error) error {
	if !slices.Contains([]protocol.Code{protocol.Unavailable, protocol.DeadlineExceeded}, protocol.CodeOf(err)) {
		return fmt.Errorf("the system cannot be reached, which is %s, or %s where its own timeout passed; got %s", protocol.Unavailable, protocol.DeadlineExceeded, told(err))
	}
	return nil
}
