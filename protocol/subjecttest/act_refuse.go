package subjecttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// actRefuseChecks are about what Act has to refuse.
func actRefuseChecks() []Check {
	return []Check{
		{"act/examples", "each declared action has an example, whose parameters its schema accepts: what is declared is tried", actExamples},
		{"act/unknown_action", "an action that is not in the catalogue is InvalidArgument", actUnknownAction},
		{"act/needs_id", "an action without an ID is InvalidArgument, unless it is a dry run: nothing would make it at most once", eachAction(actNeedsID)},
		{"act/long_id", "an ID has at most 128 bytes", eachAction(actLongID)},
		{"act/missing_param", "a required parameter that is missing is InvalidArgument and is named", derivedParams(missingField)},
		{"act/unknown_param", "a parameter that the schema does not know is InvalidArgument and is named: it is a typing error", derivedParams(unknownField)},
		{"act/wrong_type", "a parameter of a wrong type is InvalidArgument and is named", derivedParams(wrongType)},
		{"act/out_of_range", "a parameter that is out of its bounds is InvalidArgument and is named", derivedParams(outOfRange)},
		{"act/all_at_once", "one error names every wrong parameter", eachAction(actAllAtOnce)},
		{"act/junk", "parameters that are no JSON, or no object, are InvalidArgument", eachAction(actJunk)},
		{"act/empty_params", "no parameters and an empty object are the same", eachAction(actEmptyParams)},
		{"act/huge", "parameters that are huge or deeply nested are refused, and nothing breaks", eachAction(actHuge)},
		{"act/not_unicode", "text that is not Unicode is InvalidArgument: decoded to something else it would change another entity", eachAction(actNotUnicode)},
		{"act/hostile", "a parameter may hold any text: the action is about exactly that, or refused", eachAction(actHostile)},
		{"act/checks_first", "what is wrong with an action is found before anything is contacted", actChecksFirst},
		{"act/refusal_changes_nothing", "an action that is refused changes nothing", eachAction(actRefusalChangesNothing)},
	}
}

func actExamples(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	trials, err := e.trials(o)
	if err != nil {
		return err
	}
	var p problems
	for _, t := range trials {
		if paths, _ := wrongPaths(t.schema, t.params); len(paths) > 0 {
			p.addf("Suite.Actions[%q].Params: the action's schema refuses %s", t.spec.Name, quoted(strings.Join(paths, ", ")))
		}
	}
	for name := range e.suite.Actions {
		if _, ok := o.Definition.Action(name); !ok {
			p.addf("Suite.Actions has an example for %s, which the subject does not declare", quoted(name))
		}
	}
	return p.err()
}

// actUnknownAction is for subjects without actions, too.
func actUnknownAction(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	names := []string{"", "subjecttest_no_such_action"}
	for _, spec := range o.Definition.Actions {
		names = append(names, strings.ToUpper(spec.Name), spec.Name+" ", spec.Name+"\x00")
	}
	for _, h := range hostile {
		names = append(names, h.text)
	}
	names = append(names, "\xff\xfe")
	var p problems
	for _, name := range names {
		for _, dryRun := range []bool{true, false} {
			_, err := o.Act(ctx, protocol.Action{Name: name, ID: protocol.NewActionID(), Params: json.RawMessage(`{}`), DryRun: dryRun})
			if refusal := refused(opAct, err); refusal != nil {
				p.addf("the action %s, dry run %t: %v", quoted(name), dryRun, refusal)
			} else if strings.ContainsFunc(err.Error(), unsafeRune) {
				p.addf("the action %s: the error has the name in it raw: %s", quoted(name), told(err))
			}
		}
	}
	return p.err()
}

func actNeedsID(ctx context.Context, t *trial) error {
	if _, err := t.act(ctx, t.action("")); err == nil || refused(opAct, err) != nil {
		return fmt.Errorf("without an ID: want InvalidArgument, got %s", told(err))
	}
	if _, err := t.plan(ctx); err != nil {
		return fmt.Errorf("without an ID, which a dry run needs not: %w", err)
	}
	return nil
}

func actLongID(ctx context.Context, t *trial) error {
	var p problems
	for _, n := range []int{protocol.MaxActionIDLen + 1, 1 << 20} {
		if _, err := t.act(ctx, t.action(strings.Repeat("i", n))); err == nil || refused(opAct, err) != nil {
			p.addf("an ID of %d bytes: want InvalidArgument, got %s", n, told(err))
		}
	}
	if err := t.before(ctx); err != nil {
		return err
	}
	longest := strings.Repeat("i", protocol.MaxActionIDLen-len(protocol.NewActionID())) + protocol.NewActionID()
	if _, err := t.run(ctx, longest); err != nil {
		p.addf("an ID of %d bytes: %v", protocol.MaxActionIDLen, err)
	}
	return p.err()
}

// derivedParams tries each set of parameters with one fault that the schema
// lets one think of.
func derivedParams(f fault) func(context.Context, *Env) error {
	return eachAction(func(ctx context.Context, t *trial) error {
		var p problems
		tried := 0
		for _, m := range t.wrong() {
			if m.fault != f {
				continue
			}
			tried++
			value, _ := lookUp(m.doc, m.at)
			t.refuses(ctx, &p, fmt.Sprintf("%s, %s = %s", f, m.path, clipped(value)), m.json(), m.path)
		}
		if tried == 0 {
			return NotApplicable("by their schemas and the examples no parameter can be wrong like this: %s", f)
		}
		return p.err()
	})
}

func actAllAtOnce(ctx context.Context, t *trial) error {
	wrong, paths := several(t.schema, t.params, t.wrong())
	if len(paths) < 2 {
		return NotApplicable("by the schemas and the examples no action has two parameters that can be wrong")
	}
	var p problems
	t.refuses(ctx, &p, fmt.Sprintf("%d wrong parameters", len(paths)), encode(wrong), paths...)
	return p.err()
}

func actJunk(ctx context.Context, t *trial) error {
	var p problems
	for _, junk := range []string{"null", "[]", "true", "5", `"text"`, "{", "}", "{} {}", "{'a':1}", "nope", "\x00", "\xff\xfe", `{"a":1,}`, "\ufeff{"} {
		t.refuses(ctx, &p, "the parameters "+quoted(junk), json.RawMessage(junk))
	}
	return p.err()
}

func actEmptyParams(ctx context.Context, t *trial) error {
	plan := func(params string) string {
		outcome, err := t.act(ctx, protocol.Action{Name: t.spec.Name, Params: json.RawMessage(params), DryRun: true})
		if err != nil {
			return told(err)
		}
		return shown(outcome)
	}
	none, empty := plan(""), plan("{}")
	if none != empty {
		return fmt.Errorf("a dry run without parameters came to %s, and with {} to %s", quoted(none), quoted(empty))
	}
	return nil
}

func actHuge(ctx context.Context, t *trial) error {
	var p problems
	text := strings.Repeat("x", hugeText)
	for what, params := range map[string]string{
		"parameters that are one huge text":             `"` + text + `"`,
		"parameters that are lists within lists":        nested(hugeDeep),
		"parameters that are lists within an open list": strings.Repeat("[", hugeDeep),
	} {
		t.refusesRun(ctx, &p, what, json.RawMessage(params))
	}
	for _, m := range t.wrong() {
		if m.fault == unknownField {
			t.refusesRun(ctx, &p, "an unknown parameter with a huge value", encode(with(m.doc, m.at, text)), m.path)
		}
	}
	return p.err()
}

func actNotUnicode(ctx context.Context, t *trial) error {
	places := textFields(t.schema, t.params)
	if len(places) == 0 {
		return NotApplicable("no action has a parameter that may be any text")
	}
	var p problems
	for _, at := range places {
		for _, text := range notUnicode {
			// The text goes in where a text of our own was: encoding would replace it.
			const mark = "subjecttest-mark"
			params := strings.Replace(string(encode(with(t.params, at, mark))), `"`+mark+`"`, text.json, 1)
			t.refuses(ctx, &p, pathOf(at)+" with "+text.name, json.RawMessage(params))
		}
	}
	return p.err()
}

// actHostile plans with hostile texts for parameters: a dry run, because they
// are not to be made.
func actHostile(ctx context.Context, t *trial) error {
	places := textFields(t.schema, t.params)
	if len(places) == 0 {
		return NotApplicable("no action has a parameter that may be any text")
	}
	if err := t.before(ctx); err != nil {
		return err
	}
	plain, err := t.plan(ctx)
	if err != nil {
		return err
	}
	var p problems
	for _, at := range places {
		value, _ := lookUp(t.params, at)
		isEntity := slices.ContainsFunc(plain.Changes, func(c protocol.Change) bool { return c.Entity == value })
		for _, h := range hostile {
			what := fmt.Sprintf("%s set to %s", pathOf(at), h.name)
			outcome, err := t.act(ctx, protocol.Action{Name: t.spec.Name, Params: encode(with(t.params, at, h.text)), DryRun: true})
			if err != nil {
				if e, ok := errors.AsType[*protocol.Error](err); !ok || e.Effect != protocol.EffectNone || strings.ContainsFunc(err.Error(), unsafeRune) {
					p.addf("%s: want an outcome, or an error of the contract with the Effect %s and nothing raw in it, got %s", what, protocol.EffectNone, told(err))
				}
				continue
			}
			for _, c := range outcome.Changes {
				if isEntity && c.Entity != h.text {
					p.addf("%s: the outcome is about %s", what, quoted(c.Entity))
				}
			}
		}
	}
	if _, err := t.o.look(ctx); err != nil {
		p.addf("after that: %v", err)
	}
	return p.err()
}

// actChecksFirst refuses actions of a system that never answers, in less time
// than one takes to notice that.
func actChecksFirst(ctx context.Context, e *Env) error {
	return tryActions(ctx, e, e.hang, func(ctx context.Context, t *trial) error {
		var p problems
		short := func(what string, a protocol.Action, paths ...string) {
			if len(p.list) > 2 {
				return // each takes all of its time
			}
			ctx, cancel := context.WithTimeout(ctx, e.suite.Slack)
			defer cancel()
			_, err := t.o.Act(ctx, a)
			if err := refused(opAct, err, paths...); err != nil {
				p.addf("%s, while the system does not answer: %v", what, err)
			}
		}
		short("no ID", t.action(""))
		short("an unknown action", protocol.Action{Name: "subjecttest_no_such_action", ID: "1"})
		short("parameters that are no object", protocol.Action{Name: t.spec.Name, ID: "1", Params: json.RawMessage(`[]`)})
		tried := make(map[fault]bool)
		for _, m := range t.wrong() {
			for _, dryRun := range []bool{true, false} {
				if !tried[m.fault] {
					short(string(m.fault), protocol.Action{Name: t.spec.Name, ID: protocol.NewActionID(), Params: m.json(), DryRun: dryRun}, m.path)
				}
			}
			tried[m.fault] = true
		}
		return p.err()
	})
}

func actRefusalChangesNothing(ctx context.Context, t *trial) error {
	if err := t.before(ctx); err != nil {
		return err
	}
	return t.unchanged(ctx, "an action that was refused", func() error {
		for _, m := range t.wrong() {
			_, _ = t.act(ctx, protocol.Action{Name: t.spec.Name, ID: protocol.NewActionID(), Params: m.json()})
		}
		_, _ = t.act(ctx, t.action(""))
		_, _ = t.act(ctx, t.action(strings.Repeat("i", protocol.MaxActionIDLen+1)))
		return nil
	})
}
