package subjecttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func describeStable(ctx context.Context, e *Env) error {
	var docs []json.RawMessage
	for range 2 {
		instance, err := e.Start(ctx)
		if err != nil {
			return err
		}
		for range 2 {
			def, err := e.Definition(ctx, instance)
			if err != nil {
				return err
			}
			docs = append(docs, snapshot(def))
		}
	}
	for i, what := range []string{"the same instance, asked again,", "another instance", "another instance, asked again,"} {
		if !bytes.Equal(docs[0], docs[i+1]) {
			return fmt.Errorf("%s declares something else: %s", what, difference(docs[0], docs[i+1]))
		}
	}
	return nil
}

func describeInForce(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	if _, ok := o.subject.(protocol.Describer); !ok {
		return NotApplicable("the subject is no Describer")
	}
	declared, err := e.Definition(ctx, o.Instance)
	if err != nil {
		return err
	}
	var p problems
	if err := o.Definition.Validate(); err != nil {
		p.addf("the Definition in force is not valid: %v", err)
	}
	same := func(what string, before, after any) {
		if !reflect.DeepEqual(before, after) {
			p.addf("%s was %s and is %s once it is open", what, quoted(fmt.Sprint(before)), quoted(fmt.Sprint(after)))
		}
	}
	same("the name", declared.Name, o.Definition.Name)
	same("the version", declared.Version, o.Definition.Version)
	same("the configuration's schema", string(declared.ConfigSchema), string(o.Definition.ConfigSchema))
	for _, inv := range o.Definition.Invariants {
		if _, ok := declared.Invariant(inv.Name); !ok {
			p.addf("invariant %s is in force and was not declared", quoted(inv.Name))
		}
	}
	for _, spec := range o.Definition.Actions {
		if _, ok := declared.Action(spec.Name); !ok {
			p.addf("action %s is in force and was not declared", quoted(spec.Name))
		}
	}
	again, err := call(ctx, e, "Definition", func(context.Context) (protocol.Definition, error) {
		return protocol.DefinitionOf(o.subject, declared), nil
	})
	if err != nil {
		return err
	}
	if first, second := snapshot(o.Definition), snapshot(again); !bytes.Equal(first, second) {
		p.addf("the Definition in force is another one when it is asked for again: %s", difference(first, second))
	}
	return p.err()
}

func describeUnmodified(ctx context.Context, e *Env) error {
	instance, err := e.Start(ctx)
	if err != nil {
		return err
	}
	def, err := e.Definition(ctx, instance)
	if err != nil {
		return err
	}
	before := snapshot(def)
	if len(e.suite.Config) == 0 {
		return errNoConfig
	}
	o, err := e.OpenOn(ctx, instance, e.suite.Config)
	if err != nil {
		return fmt.Errorf("a valid configuration was not opened: %s", told(err))
	}
	inForce := snapshot(o.Definition)
	if _, err := o.Observe(ctx); err != nil {
		return fmt.Errorf("Observe: %s", told(err))
	}
	if after := snapshot(def); !bytes.Equal(before, after) {
		return fmt.Errorf("the Definition was modified by opening and observing: %s", difference(before, after))
	}
	if after := snapshot(o.Definition); !bytes.Equal(inForce, after) {
		return fmt.Errorf("the Definition in force was modified by observing: %s", difference(inForce, after))
	}
	return nil
}

// snapshot is what a Definition says, in memory of its own.
func snapshot(def protocol.Definition) json.RawMessage {
	doc, err := json.Marshal(def)
	if err != nil {
		return json.RawMessage(fmt.Sprintf("%q", err.Error()))
	}
	return doc
}

// difference shows where two texts begin to differ.
func difference(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	around := func(s []byte) string {
		const before, after = 40, 80
		return quoted(string(s[max(0, i-before):min(len(s), i+after)]))
	}
	return fmt.Sprintf("%s became %s", around(a), around(b))
}
