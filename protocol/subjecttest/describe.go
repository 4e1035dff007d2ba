package subjecttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// describeChecks are about what a Definition declares.
func describeChecks() []Check {
	return []Check{
		{"describe/valid", "a Definition is valid as a declaration and can be opened, else no host loads it", ofDefinition(describeValid)},
		{"describe/version", "Version is a semantic version, so that two of them can be compared", ofDefinition(describeVersion)},
		{"describe/summaries", "a Definition, its invariants and its actions each have a Summary of one line", ofDefinition(describeSummaries)},
		{"describe/guide", "the Guide is there and speaks of each action: it is what an operator knows of what it cures", ofDefinition(describeGuide)},
		{"describe/schemas", "the schemas are JSON Schemas of draft 2020-12 that compile without loading anything", ofDefinition(describeSchemas)},
		{"describe/params", "the schema of an action's parameters is of type object", ofDefinition(describeParams)},
		{"describe/entity_params", "a parameter that is called like an invariant's entity takes text, as entities are", ofDefinition(describeEntityParams)},
		{"describe/json", "a Definition is data: its JSON leads back to the same Definition", ofDefinition(describeJSON)},
		{"describe/stable", "the same implementation declares the same each time it is asked", describeStable},
		{"describe/in_force", "a configuration changes severities and grace periods, not what the subject is", describeInForce},
		{"describe/unmodified", "a Definition that was given out is not modified later", describeUnmodified},
	}
}

// ofDefinition makes a check of what an instance declares.
func ofDefinition(try func(def protocol.Definition) error) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error {
		instance, err := e.Start(ctx)
		if err != nil {
			return err
		}
		def, err := e.Definition(ctx, instance)
		if err != nil {
			return err
		}
		return try(def)
	}
}

func describeValid(def protocol.Definition) error {
	if err := def.Validate(); err != nil {
		return fmt.Errorf("Definition.Validate: %w", err)
	}
	if def.Open == nil {
		return fmt.Errorf("the Definition has no Open")
	}
	return nil
}

var semver = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

func describeVersion(def protocol.Definition) error {
	if !semver.MatchString(def.Version) {
		return fmt.Errorf("the version is %s, want one such as 1.2.3", quoted(def.Version))
	}
	return nil
}

func describeSummaries(def protocol.Definition) error {
	var p problems
	summary := func(what, s string) {
		if !oneLine(s) {
			p.addf("the summary of %s is %s, want one line of text", what, quoted(s))
		}
	}
	summary("the definition", def.Summary)
	for _, inv := range def.Invariants {
		summary("invariant "+inv.Name, inv.Summary)
	}
	for _, spec := range def.Actions {
		summary("action "+spec.Name, spec.Summary)
	}
	return p.err()
}

// oneLine reports whether s is one line of printable text.
func oneLine(s string) bool {
	return strings.TrimSpace(s) != "" && strings.ToValidUTF8(s, "") == s && !strings.ContainsFunc(s, unsafeRune)
}

func describeGuide(def protocol.Definition) error {
	var p problems
	if strings.TrimSpace(def.Guide) == "" {
		p.addf("the guide is empty")
	}
	for _, spec := range def.Actions {
		if !strings.Contains(def.Guide, spec.Name) {
			p.addf("the guide does not speak of action %s, what it cures and what not", spec.Name)
		}
	}
	return p.err()
}

// describeSchemas also refuses a schema that says it is of another draft: hosts
// and plugins in other languages read them, too.
func describeSchemas(def protocol.Definition) error {
	var p problems
	try := func(path string, schema json.RawMessage) {
		if _, err := compile(schema); err != nil {
			p.addf("%s does not compile: %v", path, err)
			return
		}
		var doc struct {
			Schema string `json:"$schema"`
		}
		if err := json.Unmarshal(schema, &doc); err == nil && doc.Schema != "" && !strings.Contains(doc.Schema, "draft/2020-12/schema") {
			p.addf("%s is of %s, want draft 2020-12", path, quoted(doc.Schema))
		}
	}
	try("config_schema", def.ConfigSchema)
	try("state_schema", def.StateSchema)
	for _, spec := range def.Actions {
		try("the params of action "+spec.Name, spec.Params)
	}
	return p.err()
}

func describeParams(def protocol.Definition) error {
	if len(def.Actions) == 0 {
		return NotApplicable("the Definition declares no action")
	}
	var p problems
	for _, spec := range def.Actions {
		schema, err := compile(spec.Params)
		if err != nil {
			p.addf("the params of action %s do not compile: %v", spec.Name, err)
			continue
		}
		schema = resolved(schema)
		if schema.Types == nil || !slices.Equal(schema.Types.ToStrings(), []string{"object"}) {
			p.addf(`the params of action %s are not of "type": "object"`, spec.Name)
		}
	}
	return p.err()
}

func describeEntityParams(def protocol.Definition) error {
	var p problems
	found := false
	for _, inv := range def.Invariants {
		for _, spec := range def.Actions {
			schema, err := compile(spec.Params)
			if err != nil || inv.Entity == "" {
				continue
			}
			param, ok := resolved(schema).Properties[inv.Entity]
			if !ok {
				continue
			}
			found = true
			if !permits(resolved(param), "string") {
				p.addf("invariant %s is about a %s, and parameter %s of action %s takes no text", inv.Name, inv.Entity, inv.Entity, spec.Name)
			}
		}
	}
	if !found {
		return NotApplicable("no action has a parameter that is called like an invariant's entity")
	}
	return p.err()
}

func describeJSON(def protocol.Definition) error {
	doc, err := json.Marshal(def)
	if err != nil {
		return fmt.Errorf("it has no JSON: %w", err)
	}
	if strings.Contains(string(doc), `\ufffd`) || strings.ContainsRune(string(doc), '\uFFFD') {
		return fmt.Errorf("it holds text that is no UTF-8, which becomes U+FFFD in JSON")
	}
	var back protocol.Definition
	if err := json.Unmarshal(doc, &back); err != nil {
		return fmt.Errorf("its JSON does not lead back: %w", err)
	}
	again, err := json.Marshal(back)
	if err != nil {
		return fmt.Errorf("what its JSON leads to has no JSON: %w", err)
	}
	if !bytes.Equal(doc, again) {
		return fmt.Errorf("its JSON leads to another one: %s", difference(doc, again))
	}
	return nil
}
