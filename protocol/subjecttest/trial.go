package subjecttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A trial is one declared action of an opened subject, and how to try it.
type trial struct {
	o       *Opened
	spec    protocol.ActionSpec
	example Example
	schema  *jsonschema.Schema
	params  any
}

// trials returns one for each declared action.
func (e *Env) trials(o *Opened) ([]*trial, error) {
	if len(o.Definition.Actions) == 0 {
		return nil, NotApplicable("the Definition declares no action")
	}
	var trials []*trial
	for _, spec := range o.Definition.Actions {
		example, ok := e.suite.Actions[spec.Name]
		if !ok {
			return nil, fmt.Errorf("the declared action %s cannot be tried: give Suite.Actions[%q], an example with parameters that the running system accepts", spec.Name, spec.Name)
		}
		schema, err := compile(spec.Params)
		if err != nil {
			return nil, fmt.Errorf("the params of action %s do not compile: %w", spec.Name, err)
		}
		params, err := parse(orEmpty(example.Params))
		if err != nil {
			return nil, fmt.Errorf("Suite.Actions[%q].Params is not JSON: %w", spec.Name, err)
		}
		trials = append(trials, &trial{o: o, spec: spec, example: example, schema: schema, params: params})
	}
	return trials, nil
}

func orEmpty(params json.RawMessage) json.RawMessage {
	if len(bytes.TrimSpace(params)) == 0 {
		return json.RawMessage(`{}`)
	}
	return params
}

// eachAction makes a check of every declared action, one after another on one
// subject of the running system.
func eachAction(try func(ctx context.Context, t *trial) error) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error { return tryActions(ctx, e, e.up, try) }
}

func tryActions(ctx context.Context, e *Env, open func(context.Context) (*Opened, error), try func(ctx context.Context, t *trial) error) error {
	o, err := open(ctx)
	if err != nil {
		return err
	}
	trials, err := e.trials(o)
	if err != nil {
		return err
	}
	var p problems
	var inapplicable error
	applied := false
	for _, t := range trials {
		err := try(ctx, t)
		if _, none := whyNotApplicable(err); none {
			inapplicable = err
			continue
		}
		applied = true
		if err != nil {
			p.addf("action %s: %v", t.spec.Name, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if !applied {
		return inapplicable
	}
	return p.err()
}

// before brings the system into the state in which the action changes
// something.
func (t *trial) before(ctx context.Context) error {
	if t.example.Before == nil {
		return nil
	}
	if err := t.example.Before(ctx); err != nil {
		return fmt.Errorf("Suite.Actions[%q].Before: %w", t.spec.Name, err)
	}
	return nil
}

// act acts within a time in which a host would.
func (t *trial) act(ctx context.Context, a protocol.Action) (protocol.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, t.o.env.suite.Patience)
	defer cancel()
	return t.o.Act(ctx, a)
}

func (t *trial) action(id string) protocol.Action {
	return protocol.Action{Name: t.spec.Name, ID: id, Params: t.example.Params}
}

// run carries the action out under an ID.
func (t *trial) run(ctx context.Context, id string) (protocol.Outcome, error) {
	outcome, err := t.act(ctx, t.action(id))
	if err != nil {
		return outcome, fmt.Errorf("with the example's parameters Act returned %s", told(err))
	}
	return outcome, nil
}

// plan is a dry run.
func (t *trial) plan(ctx context.Context) (protocol.Outcome, error) {
	a := t.action("")
	a.DryRun = true
	outcome, err := t.act(ctx, a)
	if err != nil {
		return outcome, fmt.Errorf("a dry run with the example's parameters returned %s", told(err))
	}
	return outcome, nil
}

// probe reads the system: by itself if the suite was told how, else by what a
// dry run would change.
func (t *trial) probe(ctx context.Context) (string, error) {
	switch {
	case t.example.Probe != nil:
		return t.o.env.probe(ctx, t.example.Probe)
	case t.o.env.suite.Probe != nil:
		return t.o.env.probe(ctx, t.o.env.suite.Probe)
	}
	outcome, err := t.plan(ctx)
	return shown(outcome), err
}

func (e *Env) probe(ctx context.Context, probe func(context.Context) (string, error)) (string, error) {
	text, err := probe(ctx)
	if err != nil {
		return "", fmt.Errorf("the suite's Probe: %w", err)
	}
	return text, nil
}

// unchanged does something that must not change the system.
func (t *trial) unchanged(ctx context.Context, what string, do func() error) error {
	before, err := t.probe(ctx)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := t.probe(ctx)
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("%s changed the system: %s", what, difference([]byte(before), []byte(after)))
	}
	return nil
}

// acted waits until the system is another than it was: what it has accepted it
// may do a little later.
func (t *trial) acted(ctx context.Context, before string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, t.o.env.suite.Patience, errors.New("waited long enough"))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		now, err := t.probe(ctx)
		if err != nil || now != before {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("it was accepted, and the system is as it was before: %s", quoted(before))
		}
	}
}

const pollInterval = 10 * time.Millisecond

// shown is an outcome as text, for comparison.
func shown(o protocol.Outcome) string {
	doc, err := json.Marshal(o)
	if err != nil {
		return fmt.Sprintf("an outcome without JSON: %v", err)
	}
	return string(doc)
}

// wrong returns the mutations of the example's parameters.
func (t *trial) wrong() []mutation { return mutations(t.schema, t.params) }

// refuses tries parameters that have to be refused, for real and as a dry run.
func (t *trial) refuses(ctx context.Context, p *problems, what string, params json.RawMessage, paths ...string) {
	_, err := t.act(ctx, protocol.Action{Name: t.spec.Name, Params: params, DryRun: true})
	if err := refused(opAct, err, paths...); err != nil {
		p.addf("%s, as a dry run: %v", what, err)
	}
	t.refusesRun(ctx, p, what, params, paths...)
}

// refusesRun tries parameters that have to be refused, for real.
func (t *trial) refusesRun(ctx context.Context, p *problems, what string, params json.RawMessage, paths ...string) {
	_, err := t.act(ctx, protocol.Action{Name: t.spec.Name, ID: protocol.NewActionID(), Params: params})
	if err := refused(opAct, err, paths...); err != nil {
		p.addf("%s: %v", what, err)
	}
}

// other returns an action that is not the example's: with other parameters, if
// the schema lets one think of any, else another action of the catalogue.
func (t *trial) other(e *Env) (protocol.Action, bool) {
	fields, _ := t.params.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var next any
		switch value := fields[name].(type) {
		case string:
			next = value + "x"
		case json.Number:
			next = json.Number(value.String() + "0")
		case bool:
			next = !value
		default:
			continue
		}
		changed := with(t.params, []token{name}, next)
		if t.schema.Validate(changed) == nil && string(encode(changed)) != string(encode(t.params)) {
			return protocol.Action{Name: t.spec.Name, Params: encode(changed)}, true
		}
	}
	for _, spec := range t.o.Definition.Actions {
		if example, ok := e.suite.Actions[spec.Name]; ok && spec.Name != t.spec.Name {
			return protocol.Action{Name: spec.Name, Params: example.Params}, true
		}
	}
	return protocol.Action{}, false
}
