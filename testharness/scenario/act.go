package scenario

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// fingerprintBound is how long a fingerprint may take. Of a system that is hurt
// there may be none.
const fingerprintBound = 10 * time.Second

// act carries out an action and judges what came of it. The error is that it
// did not return.
func (r *run) act(ctx context.Context, number int, a Act) error {
	action := protocol.Action{Name: a.Action, ID: protocol.NewActionID(), Params: a.Params, DryRun: a.DryRun}
	before, moving := r.fingerprints(ctx)
	began := time.Now()
	outcome, err := guarded(ctx, "Act", r.sc.Timeout, func(ctx context.Context) (protocol.Outcome, error) {
		return r.observer.subject.Act(ctx, action)
	})
	done := &record.Act{Began: began, Action: action, Outcome: outcome, Err: contractError(err), Entity: r.entityOf(a, outcome)}
	if known, ok := r.stack.Stack.(stack.Aftermath); ok {
		done.Aftermath = known.Aftermath(action)
	}
	if after, there := r.fingerprint(ctx); there && before != nil {
		done.Touched = touched(before, after, moving)
	}
	if done.Changed() {
		r.changed = append(r.changed, done.Entity)
	}
	r.rec.add(record.Event{Act: done})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if said := a.differs(outcome, contractError(err)); said != "" {
		r.miss(Failure{Step: number, What: Step{Act: &a}.What(), Message: said})
		r.rec.add(record.Event{Step: &record.Step{Number: number, What: Step{Act: &a}.What(), Failed: said}})
	}
	switch err.(type) { //nolint:errorlint // guarded returns these very types
	case *hangError, *panicError:
		return fmt.Errorf("act %s: %w", a.Action, err)
	}
	return nil
}

// differs says what else than the expected came of an action, "" if it is that.
func (a Act) differs(outcome protocol.Outcome, err *protocol.Error) string {
	want := cmp.Or(a.Outcome, protocol.OutcomeAccepted)
	if a.Outcome == "" && a.DryRun {
		want = protocol.OutcomePlanned
	}
	switch {
	case a.Error != "" && err == nil:
		return fmt.Sprintf("the action was %s, where the error %s was expected", failure.Line(string(outcome.Status)), a.Error)
	case a.Error != "" && protocol.CodeOf(err) != a.Error:
		return fmt.Sprintf("the error is %s, where %s was expected: %s", failure.Line(string(protocol.CodeOf(err))), a.Error, failure.Line(err.Error()))
	case a.Effect != "" && protocol.EffectOf(err) != a.Effect:
		return fmt.Sprintf("the effect is %s, where %s was expected: %s", failure.Line(string(protocol.EffectOf(err))), a.Effect, failure.Line(err.Error()))
	case a.Error != "":
		return ""
	case err != nil:
		return fmt.Sprintf("the action failed, where it was to be %s: %s: %s", want, failure.Line(string(protocol.CodeOf(err))), failure.Line(err.Error()))
	case outcome.Status != want:
		return fmt.Sprintf("the action was %s, where it was to be %s: %s", failure.Line(string(outcome.Status)), want, failure.Line(outcome.Message))
	default:
		return ""
	}
}

// entityOf tells what an action is to change: the parameter that is named after
// what an invariant is about, else what the outcome says was changed.
func (r *run) entityOf(a Act, outcome protocol.Outcome) string {
	spec, _ := r.def.Action(a.Action)
	var params map[string]any
	if json.Unmarshal(a.Params, &params) == nil {
		for _, name := range spec.Repairs {
			inv, _ := r.def.Invariant(name)
			if entity, ok := params[inv.Entity].(string); ok && inv.Entity != "" {
				return entity
			}
		}
	}
	if len(outcome.Changes) > 0 {
		return outcome.Changes[0].Entity
	}
	return ""
}

// fingerprints returns a fingerprint of the system, nil where none can be had,
// and the entities that are moving by themselves or by what the scenario does to
// them: they differ though nobody has acted.
func (r *run) fingerprints(ctx context.Context) (marks map[string]string, moving map[string]bool) {
	first, there := r.fingerprint(ctx)
	if !there {
		return nil, nil
	}
	second, there := r.fingerprint(ctx)
	if !there {
		return nil, nil
	}
	moving = make(map[string]bool)
	for _, entity := range touched(first, second, nil) {
		moving[entity] = true
	}
	return second, moving
}

func (r *run) fingerprint(ctx context.Context) (map[string]string, bool) {
	marks, err := guarded(ctx, "taking a fingerprint", fingerprintBound, r.stack.Fingerprint)
	if err != nil {
		r.log.Warn("there is no fingerprint of the system", "error", err)
	}
	return marks, err == nil && marks != nil
}

// touched are the entities that differ between two fingerprints.
func touched(before, after map[string]string, moving map[string]bool) []string {
	differing := []string{}
	for entity, was := range before {
		if is, there := after[entity]; (!there || is != was) && !moving[entity] {
			differing = append(differing, entity)
		}
	}
	for entity := range maps.Keys(after) {
		if _, there := before[entity]; !there && !moving[entity] {
			differing = append(differing, entity)
		}
	}
	slices.Sort(differing)
	return differing
}
