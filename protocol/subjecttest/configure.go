package subjecttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// configureChecks are about Open.
func configureChecks() []Check {
	return []Check{
		{"configure/opens", "Open takes a valid configuration, which its own schema accepts", configureOpens},
		{"configure/contacts_nothing", "Open contacts nothing, so that a subject can be loaded while its system is down", configureContactsNothing},
		{"configure/missing_field", "a required field that is missing is InvalidArgument and is named", derivedConfigs(missingField)},
		{"configure/unknown_field", "a field that the schema does not know is InvalidArgument and is named: it is a typing error", derivedConfigs(unknownField)},
		{"configure/wrong_type", "a field of a wrong type is InvalidArgument and is named", derivedConfigs(wrongType)},
		{"configure/out_of_range", "a field that is out of its bounds is InvalidArgument and is named", derivedConfigs(outOfRange)},
		{"configure/all_at_once", "one error names every wrong field, so that a person corrects them in one go", configureAllAtOnce},
		{"configure/given", "the wrong configurations that the suite was given are refused by path", configureGiven},
		{"configure/junk", "what is no JSON, or no object, is InvalidArgument", configureJunk},
		{"configure/huge", "a configuration that is huge or deeply nested is refused, and nothing breaks", configureHuge},
		{"configure/hostile", "a configuration may hold any text: it is taken, or refused with an error of the contract", configureHostile},
		{"configure/again", "a failed Open leaves nothing behind: a correct configuration then opens", configureAgain},
		{"configure/secrets", "no error repeats the value of a field that the schema declares writeOnly", configureSecrets},
	}
}

func configureOpens(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	schema, err := compile(o.Definition.ConfigSchema)
	if err != nil {
		return fmt.Errorf("config_schema does not compile: %w", err)
	}
	doc, err := parse(e.suite.Config)
	if err != nil {
		return fmt.Errorf("Suite.Config is not JSON: %w", err)
	}
	if paths, _ := wrongPaths(schema, doc); len(paths) > 0 {
		return fmt.Errorf("Open took the configuration, and its schema refuses %s", quoted(strings.Join(paths, ", ")))
	}
	return nil
}

// configureContactsNothing opens what cannot be reached, in less time than one
// takes to notice that.
func configureContactsNothing(ctx context.Context, e *Env) error {
	if len(e.suite.Down) == 0 {
		return errNoDown
	}
	var p problems
	for _, config := range []struct {
		name string
		doc  json.RawMessage
	}{{"Down", e.suite.Down}, {"Hang", e.suite.Hang}} {
		instance, err := e.Start(ctx)
		if err != nil {
			return err
		}
		// The deadline is the test: Open has all of the Slack and no more.
		short, cancel := context.WithTimeout(ctx, e.suite.Slack)
		_, err = e.OpenOn(short, instance, config.doc)
		if ended := short.Err() != nil; err != nil && ended {
			p.addf("Open had not returned %s after it began, with Suite.%s: it seems to wait for the system: %s", e.suite.Slack, config.name, told(err))
		} else if err != nil {
			p.addf("Open refused Suite.%s: %s", config.name, told(err))
		}
		cancel()
	}
	return p.err()
}

// configuration compiles the schema and reads the valid configuration.
func configuration(ctx context.Context, e *Env) (Instance, *jsonschema.Schema, any, error) {
	if len(e.suite.Config) == 0 {
		return nil, nil, nil, errNoConfig
	}
	instance, err := e.Start(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	def, err := e.Definition(ctx, instance)
	if err != nil {
		return nil, nil, nil, err
	}
	schema, err := compile(def.ConfigSchema)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("config_schema does not compile: %w", err)
	}
	doc, err := parse(e.suite.Config)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("Suite.Config is not JSON: %w", err)
	}
	return instance, schema, doc, nil
}

// refusals tries wrong configurations, on as few instances as will do: one that
// has taken a configuration cannot be asked again.
type refusals struct {
	e        *Env
	instance Instance
	problems
}

func (r *refusals) try(ctx context.Context, what string, config json.RawMessage, paths ...string) error {
	if r.instance == nil {
		var err error
		if r.instance, err = r.e.Start(ctx); err != nil {
			return err
		}
	}
	o, err := r.e.OpenOn(ctx, r.instance, config)
	if o != nil {
		r.instance = nil
	}
	if err := refused(opOpen, err, paths...); err != nil {
		r.addf("%s: %v", what, err)
	}
	return ctx.Err()
}

// derivedConfigs tries each configuration with one fault that the schema lets
// one think of.
func derivedConfigs(f fault) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error {
		instance, schema, doc, err := configuration(ctx, e)
		if err != nil {
			return err
		}
		r := &refusals{e: e, instance: instance}
		tried := 0
		for _, m := range mutations(schema, doc) {
			if m.fault != f {
				continue
			}
			tried++
			value, _ := lookUp(m.doc, m.at)
			if err := r.try(ctx, fmt.Sprintf("%s, %s = %s", f, m.path, clipped(value)), m.json(), m.path); err != nil {
				return err
			}
		}
		if tried == 0 {
			return NotApplicable("by its schema and Suite.Config no field can be wrong like this: %s", f)
		}
		return r.err()
	}
}

func configureAllAtOnce(ctx context.Context, e *Env) error {
	instance, schema, doc, err := configuration(ctx, e)
	if err != nil {
		return err
	}
	wrong, paths := several(schema, doc, mutations(schema, doc))
	if len(paths) < 2 {
		return NotApplicable("by the schema and Suite.Config there are no two fields that can be wrong")
	}
	r := &refusals{e: e, instance: instance}
	if err := r.try(ctx, fmt.Sprintf("a configuration with %d wrong fields", len(paths)), encode(wrong), paths...); err != nil {
		return err
	}
	return r.err()
}

func configureGiven(ctx context.Context, e *Env) error {
	if len(e.suite.Wrong) == 0 {
		return NotApplicable("Suite.Wrong is empty: the schema says all that can be wrong")
	}
	r := &refusals{e: e}
	for _, wrong := range e.suite.Wrong {
		if err := r.try(ctx, wrong.Name, wrong.Config, wrong.Paths...); err != nil {
			return err
		}
	}
	return r.err()
}

func configureJunk(ctx context.Context, e *Env) error {
	_, schema, _, err := configuration(ctx, e)
	if err != nil {
		return err
	}
	r := &refusals{e: e}
	for _, junk := range []string{"null", "[]", "true", "5", `"text"`, "{", "}", "{} {}", "{'a':1}", "nope", "\x00", "\xff\xfe", `{"a":1,}`, "\ufeff{"} {
		if doc, err := parse(json.RawMessage(junk)); err == nil {
			if paths, _ := wrongPaths(schema, doc); len(paths) == 0 {
				continue // a schema that permits it
			}
		}
		if err := r.try(ctx, "the configuration "+quoted(junk), json.RawMessage(junk)); err != nil {
			return err
		}
	}
	// An empty document is no JSON; a subject may take it for an empty object.
	if paths, _ := wrongPaths(schema, map[string]any{}); len(paths) > 0 {
		for _, empty := range []string{"", " \n"} {
			if err := r.try(ctx, "the configuration "+quoted(empty), json.RawMessage(empty)); err != nil {
				return err
			}
		}
	}
	return r.err()
}

func configureHuge(ctx context.Context, e *Env) error {
	r := &refusals{e: e}
	for what, config := range map[string]string{
		"a configuration that is one huge text":             `"` + strings.Repeat("x", hugeText) + `"`,
		"a configuration that is lists within lists":        nested(hugeDeep),
		"a configuration that is lists within an open list": strings.Repeat("[", hugeDeep),
	} {
		if err := r.try(ctx, what, json.RawMessage(config)); err != nil {
			return err
		}
	}
	return r.err()
}

// configureHostile only demands that nothing breaks: whether a text will do is
// the subject's to say.
func configureHostile(ctx context.Context, e *Env) error {
	_, schema, doc, err := configuration(ctx, e)
	if err != nil {
		return err
	}
	places := textFields(schema, doc)
	if len(places) == 0 {
		return NotApplicable("Suite.Config has no field that may be any text")
	}
	var p problems
	var instance Instance
	for _, at := range places {
		for _, h := range hostile {
			if instance == nil {
				if instance, err = e.Start(ctx); err != nil {
					return err
				}
			}
			opened, err := e.OpenOn(ctx, instance, encode(with(doc, at, h.text)))
			if opened != nil {
				_ = e.close(ctx, instance.Close)
				instance = nil
				continue
			}
			if refusal := refused(opOpen, err); refusal != nil {
				p.addf("%s set to %s: %v", pathOf(at), h.name, refusal)
			} else if strings.ContainsFunc(err.Error(), unsafeRune) {
				p.addf("%s set to %s: the error has it in it raw: %s", pathOf(at), h.name, told(err))
			}
		}
	}
	return p.err()
}

func configureAgain(ctx context.Context, e *Env) error {
	instance, _, _, err := configuration(ctx, e)
	if err != nil {
		return err
	}
	for _, wrong := range []string{"null", "{", `"text"`} {
		if _, err := e.OpenOn(ctx, instance, json.RawMessage(wrong)); err == nil {
			return fmt.Errorf("the configuration %s was opened, want InvalidArgument", quoted(wrong))
		}
	}
	o, err := e.OpenOn(ctx, instance, e.suite.Config)
	if err != nil {
		return fmt.Errorf("after Open had failed it refused a valid configuration: %s", told(err))
	}
	if _, err := o.Observe(ctx); err != nil {
		return fmt.Errorf("after Open had failed and was tried again, Observe returned %s", told(err))
	}
	return nil
}

// errNoDown is why nothing can be tried on a system that is away.
var errNoDown = errors.New("there is no unreachable system to try this on: give Suite.Down, a valid configuration whose addresses nobody answers at")
