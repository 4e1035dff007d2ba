package subjecttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// actRunChecks are about what dry runs and real ones do.
func actRunChecks() []Check {
	return []Check{
		{"act/dry_run", "a dry run reports the changes that would be made, and needs no ID", eachAction(actDryRun)},
		{"act/dry_run_changes_nothing", "a dry run makes no change, so that anybody may ask for one", eachAction(actDryRunChangesNothing)},
		{"act/as_planned", "an action that is done reports its changes, and they are those that its dry run planned", eachAction(actAsPlanned)},
		{"act/acts", "an action that was accepted changes the system", eachAction(actActs)},
		{"act/idempotent", "an action that is declared Idempotent leaves the system the second time as it did the first", eachAction(actIdempotent)},
		{"act/outcome_not_shared", "outcomes share no memory: what a caller does to one is not seen in another", eachAction(actOutcomeNotShared)},
		{"act/concurrent", "Act and Observe may be called concurrently", eachAction(actConcurrent)},
	}
}

// valid returns what is wrong with an outcome by the contract.
func (t *trial) valid(a protocol.Action, outcome protocol.Outcome) error {
	if err := t.o.checker.Outcome(a, outcome); err != nil {
		return errors.New(told(err))
	}
	if strings.TrimSpace(outcome.Message) == "" {
		return errors.New("the outcome has no message for a person: " + quoted(shown(outcome)))
	}
	return nil
}

func actDryRun(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	plan, err := t.plan(ctx)
	if err != nil {
		return err
	}
	a := t.action("")
	a.DryRun = true
	switch {
	case plan.Status != protocol.OutcomePlanned && plan.Status != protocol.OutcomeUnchanged:
		return fmt.Errorf("the status of a dry run is %s, want %s or %s", quoted(string(plan.Status)), protocol.OutcomePlanned, protocol.OutcomeUnchanged)
	case t.example.Before != nil && (plan.Status != protocol.OutcomePlanned || len(plan.Changes) == 0):
		return fmt.Errorf("after Before the action changes something, and its dry run plans nothing: %s", quoted(shown(plan)))
	}
	return t.valid(a, plan)
}

func actDryRunChangesNothing(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	first, err := t.plan(ctx)
	if err != nil {
		return err
	}
	if err := t.before(ctx); err != nil {
		return err
	}
	return t.unchanged(ctx, "a dry run", func() error {
		for _, id := range []string{"", protocol.NewActionID()} {
			a := t.action(id)
			a.DryRun = true
			again, err := t.act(ctx, a)
			if err != nil {
				return fmt.Errorf("a dry run returned %s", told(err))
			}
			if changesOf(first) != changesOf(again) {
				return fmt.Errorf("one dry run plans %s, and the next %s", quoted(changesOf(first)), quoted(changesOf(again)))
			}
		}
		return nil
	})
}

func changesOf(o protocol.Outcome) string {
	return shown(protocol.Outcome{Changes: o.Changes})
}

func actAsPlanned(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	plan, err := t.plan(ctx)
	if err != nil {
		return err
	}
	id := protocol.NewActionID()
	done, err := t.run(ctx, id)
	if err != nil {
		return err
	}
	if err := t.valid(t.action(id), done); err != nil {
		return err
	}
	switch {
	case done.Status != protocol.OutcomeAccepted && done.Status != protocol.OutcomeUnchanged:
		return fmt.Errorf("the status of an action that was done is %s, want %s or %s", quoted(string(done.Status)), protocol.OutcomeAccepted, protocol.OutcomeUnchanged)
	case t.example.Before != nil && (done.Status != protocol.OutcomeAccepted || len(done.Changes) == 0):
		return fmt.Errorf("after Before the action changes something, and its outcome is %s", quoted(shown(done)))
	}
	return kept(plan.Changes, done.Changes)
}

// kept compares the changes that were planned with those that were made; what
// one of them does not know is left out.
func kept(planned, made []protocol.Change) error {
	type field struct{ entity, field string }
	plan := make(map[field]protocol.Change)
	for _, c := range planned {
		plan[field{c.Entity, c.Field}] = c
	}
	var p problems
	for _, c := range made {
		want, ok := plan[field{c.Entity, c.Field}]
		if !ok {
			p.addf("%s of %s was changed and not planned", quoted(c.Field), quoted(c.Entity))
			continue
		}
		delete(plan, field{c.Entity, c.Field})
		if differ(want.Before, c.Before) || differ(want.After, c.After) {
			p.addf("%s of %s was planned to become %s from %s, and became %s from %s",
				quoted(c.Field), quoted(c.Entity), want.After, want.Before, c.After, c.Before)
		}
	}
	for f := range plan {
		p.addf("%s of %s was planned and not changed", quoted(f.field), quoted(f.entity))
	}
	return p.err()
}

// differ reports whether two JSON values are both known and not the same.
func differ(a, b json.RawMessage) bool {
	if a == nil || b == nil {
		return false
	}
	left, err := parse(a)
	right, err2 := parse(b)
	return err != nil || err2 != nil || string(encode(left)) != string(encode(right))
}

// errNoBefore is why it cannot be told whether an action was done.
func (t *trial) needsBefore() error {
	if t.example.Before == nil {
		return NotApplicable("Suite.Actions[%q].Before is not given, so that nobody knows whether the action has anything to change", t.spec.Name)
	}
	return nil
}

func actActs(ctx context.Context, t *trial) error {
	if err := t.needsBefore(); err != nil {
		return err
	}
	return t.mustAct(ctx, protocol.NewActionID())
}

// mustAct carries the action out in the state in which it changes something,
// and waits until it has.
func (t *trial) mustAct(ctx context.Context, id string) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	before, err := t.probe(ctx)
	if err != nil {
		return err
	}
	outcome, err := t.run(ctx, id)
	if err != nil {
		return err
	}
	if outcome.Status != protocol.OutcomeAccepted {
		return fmt.Errorf("after Before the action changes something, and its outcome is %s", quoted(shown(outcome)))
	}
	return t.acted(ctx, before)
}

func actIdempotent(ctx context.Context, t *trial) error {
	if !t.spec.Idempotent {
		return NotApplicable("no action is declared Idempotent")
	}
	if t.example.Before != nil {
		if err := t.mustAct(ctx, protocol.NewActionID()); err != nil {
			return err
		}
	} else if _, err := t.run(ctx, protocol.NewActionID()); err != nil {
		return err
	}
	return t.unchanged(ctx, "doing it a second time, with another ID,", func() error {
		_, err := t.run(ctx, protocol.NewActionID())
		return err
	})
}

func actOutcomeNotShared(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	id := protocol.NewActionID()
	first, err := t.run(ctx, id)
	if err != nil {
		return err
	}
	want := shown(first)
	for range 2 {
		for i := range first.Changes {
			scribbleJSON(first.Changes[i].Before)
			scribbleJSON(first.Changes[i].After)
			first.Changes[i] = protocol.Change{Entity: "scribbled"}
		}
		if first, err = t.run(ctx, id); err != nil {
			return err
		}
		if got := shown(first); got != want {
			return fmt.Errorf("a caller wrote into its outcome, and the same ID now returns another: %s", difference([]byte(want), []byte(got)))
		}
	}
	return nil
}

func scribbleJSON(raw json.RawMessage) {
	for i := range raw {
		raw[i] = '?'
	}
}

func actConcurrent(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	plans, errs := make([]string, callers), make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			if i%4 == 0 {
				_, errs[i] = t.o.look(ctx)
				return
			}
			plan, err := t.plan(ctx)
			plans[i], errs[i] = changesOf(plan), err
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("of %d calls at once: %w", callers, err)
	}
	for i, plan := range plans {
		if i%4 != 0 && plan != plans[1] {
			return fmt.Errorf("of %d calls at once, one dry run plans %s and another %s", callers, quoted(plans[1]), quoted(plan))
		}
	}
	return nil
}
