package subjecttest

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// actOnceChecks are about the ID.
func actOnceChecks() []Check {
	return []Check{
		{"act/once", "the same ID returns the first call's outcome without touching the system: a caller may repeat what it is not sure of", eachAction(actOnce)},
		{"act/once_concurrently", "the same ID acts once, also when several calls with it are under way", eachAction(actOnceConcurrently)},
		{"act/id_of_another", "an ID that was used for another action, or other parameters, is InvalidArgument", actIDOfAnother},
		{"act/failed_id_is_free", "after a call that is known to have changed nothing the same ID may be tried again", eachAction(actFailedIDIsFree)},
		{"act/dry_run_spends_no_id", "a dry run does not use up its ID: what was planned under it can be done under it", eachAction(actDryRunSpendsNoID)},
		{"act/any_id", "an ID is any text, to the byte: two that differ are two actions", actAnyID},
		{"act/remembers", "an ID is remembered through at least 1,000 other actions", actRemembers},
	}
}

// repeats carries an action out, brings the system back to where it changes
// something, does what is between, and repeats the ID: the outcome is the same,
// and the system is not touched.
func (t *trial) repeats(ctx context.Context, between func() error) error {
	id := protocol.NewActionID()
	first, err := t.done(ctx, id)
	if err != nil {
		return err
	}
	if err := between(); err != nil {
		return err
	}
	if err := t.before(ctx); err != nil {
		return err
	}
	return t.unchanged(ctx, "the same ID a second time", func() error {
		again, err := t.run(ctx, id)
		if err != nil {
			return fmt.Errorf("the same ID a second time: %w", err)
		}
		if shown(first) != shown(again) {
			return fmt.Errorf("the same ID returned another outcome: %s", difference([]byte(shown(first)), []byte(shown(again))))
		}
		return nil
	})
}

// done carries the action out, and waits until that can be seen: what is still
// under way may be in the way of others, and would be taken for their doing.
func (t *trial) done(ctx context.Context, id string) (protocol.Outcome, error) {
	if err := t.before(ctx); err != nil {
		return protocol.Outcome{}, err
	}
	before, err := t.probe(ctx)
	if err != nil {
		return protocol.Outcome{}, err
	}
	outcome, err := t.run(ctx, id)
	if err == nil && t.example.Before != nil {
		err = t.acted(ctx, before)
	}
	return outcome, err
}

func actOnce(ctx context.Context, t *trial) error {
	return t.repeats(ctx, func() error { return nil })
}

// actOnceConcurrently compares the system after one call with the system after
// many of one ID, where it can be brought to the same state before.
func actOnceConcurrently(ctx context.Context, t *trial) error {
	const calls = 10
	once := ""
	if t.example.Before != nil {
		if err := t.mustAct(ctx, protocol.NewActionID()); err != nil {
			return err
		}
		var err error
		if once, err = t.probe(ctx); err != nil {
			return err
		}
	}
	if err := t.before(ctx); err != nil {
		return err
	}
	before, err := t.probe(ctx)
	if err != nil {
		return err
	}
	id := protocol.NewActionID()
	outcomes, errs := make([]protocol.Outcome, calls), make([]error, calls)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() { outcomes[i], errs[i] = t.run(ctx, id) })
	}
	all.Wait()
	for i := range calls {
		switch {
		case errs[i] != nil:
			return fmt.Errorf("of %d calls at once with one ID: %w", calls, errs[i])
		case shown(outcomes[i]) != shown(outcomes[0]):
			return fmt.Errorf("of %d calls at once with one ID, one returned %s and another %s", calls, quoted(shown(outcomes[0])), quoted(shown(outcomes[i])))
		}
	}
	if t.example.Before == nil {
		return nil
	}
	if err := t.acted(ctx, before); err != nil {
		return err
	}
	many, err := t.probe(ctx)
	if err != nil {
		return err
	}
	if once != many {
		return fmt.Errorf("%d calls at once with one ID did more than one call: %s", calls, difference([]byte(once), []byte(many)))
	}
	return nil
}

func actIDOfAnother(ctx context.Context, e *Env) error {
	return tryActions(ctx, e, e.up, func(ctx context.Context, t *trial) error {
		other, ok := t.other(e)
		if !ok {
			return NotApplicable("there is one action, and by its schema and example it has one set of parameters")
		}
		id := protocol.NewActionID()
		if _, err := t.done(ctx, id); err != nil {
			return err
		}
		return t.unchanged(ctx, "an ID that was used for another action", func() error {
			other.ID = id
			_, err := t.act(ctx, other)
			if err := refused(opAct, err); err != nil {
				return fmt.Errorf("the ID was then used for %s %s: %w", other.Name, quoted(string(other.Params)), err)
			}
			return nil
		})
	})
}

// actFailedIDIsFree fails in the two ways that are known to change nothing.
func actFailedIDIsFree(ctx context.Context, t *trial) error {
	id := protocol.NewActionID()
	if _, err := t.act(ctx, protocol.Action{Name: t.spec.Name, ID: id, Params: json.RawMessage(`[]`)}); err == nil {
		return fmt.Errorf("parameters that are no object were not refused")
	}
	for what, end := range ended {
		over, cancel := end(ctx)
		_, err := t.o.Act(over, t.action(id))
		cancel()
		if protocol.EffectOf(err) != protocol.EffectNone {
			return fmt.Errorf("Act with %s returned %s, want the Effect %s", what, told(err), protocol.EffectNone)
		}
	}
	if t.example.Before != nil {
		if err := t.mustAct(ctx, id); err != nil {
			return fmt.Errorf("after calls that changed nothing, the same ID: %w", err)
		}
		return nil
	}
	if _, err := t.run(ctx, id); err != nil {
		return fmt.Errorf("after calls that changed nothing, the same ID: %w", err)
	}
	return nil
}

func actDryRunSpendsNoID(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	a := t.action(protocol.NewActionID())
	a.DryRun = true
	if _, err := t.act(ctx, a); err != nil {
		return fmt.Errorf("a dry run with an ID returned %s", told(err))
	}
	done, err := t.run(ctx, a.ID)
	if err != nil {
		return fmt.Errorf("the ID of a dry run: %w", err)
	}
	if done.Status == protocol.OutcomePlanned {
		return fmt.Errorf("an action under the ID of a dry run returned %s: it was not done", quoted(shown(done)))
	}
	return nil
}

// repeatable returns the action that is tried many times: the first that is
// idempotent, as many times of any other are as many changes, or else the first.
func (e *Env) repeatable(ctx context.Context) (*trial, error) {
	o, err := e.up(ctx)
	if err != nil {
		return nil, err
	}
	trials, err := e.trials(o)
	if err != nil {
		return nil, err
	}
	for _, t := range trials {
		if t.spec.Idempotent {
			return t, nil
		}
	}
	return trials[0], nil
}

// actAnyID also has IDs that one would be, if they were trimmed, folded,
// normalised or cut.
func actAnyID(ctx context.Context, e *Env) error {
	t, err := e.repeatable(ctx)
	if err != nil {
		return err
	}
	unique := protocol.NewActionID()
	ids := []string{unique, " " + unique, unique + " ", unique + "\x00", unique + "\n", strings.ToLower(unique), unique + "\u00e9", unique + "e\u0301"}
	for _, h := range hostile {
		if id := unique + h.text; len(id) <= protocol.MaxActionIDLen {
			ids = append(ids, id)
		}
	}
	for i := range 2 {
		ids = append(ids, (unique + strings.Repeat("i", protocol.MaxActionIDLen))[:protocol.MaxActionIDLen-1]+strconv.Itoa(i))
	}
	for _, id := range ids {
		var err error
		if t.example.Before != nil {
			err = t.mustAct(ctx, id)
		} else {
			_, err = t.run(ctx, id)
		}
		if err != nil {
			return fmt.Errorf("action %s with the new ID %s: %w", t.spec.Name, quoted(id), err)
		}
	}
	return nil
}

// remembered is through how many other actions an ID is.
const remembered = 1000

// actRemembers uses an action that may be repeated: so many of one that is not
// idempotent would be as many changes.
func actRemembers(ctx context.Context, e *Env) error {
	t, err := e.repeatable(ctx)
	if err != nil {
		return err
	}
	if !t.spec.Idempotent {
		return NotApplicable("no action is declared Idempotent, and %d of another would be %d changes", remembered, remembered)
	}
	err = t.repeats(ctx, func() error {
		for i := range remembered {
			if _, err := t.run(ctx, protocol.NewActionID()); err != nil {
				return fmt.Errorf("the other action no. %d: %w", i+1, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("action %s, with %d others between: %w", t.spec.Name, remembered, err)
	}
	return nil
}
