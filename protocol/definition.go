package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// A Definition is everything about a kind of subject that can be known without
// a running system. It is data but for Open.
type Definition struct {
	// Name is the kind of system, such as "orders". Names of definitions,
	// invariants and actions are lower case words joined by underscores.
	Name string `json:"name"`
	// Version is the version of the subject's implementation, in semantic
	// versioning.
	Version string `json:"version"`
	// Summary says in one line what the system is.
	Summary string `json:"summary"`
	// Guide is the paragraph or two that an operator is given as context: what
	// the system is, how its failures look, what each action does and does not
	// cure.
	Guide string `json:"guide"`
	// ConfigSchema is the JSON Schema (draft 2020-12) of the configuration.
	ConfigSchema json.RawMessage `json:"config_schema"`
	// StateSchema is the JSON Schema of Observation.State.
	StateSchema json.RawMessage `json:"state_schema"`
	// Invariants are what every observation judges, all of them each time.
	Invariants []Invariant `json:"invariants"`
	// Actions are the catalogue: what Act accepts, and nothing else.
	Actions []ActionSpec `json:"actions"`

	// Open validates config, a JSON document, against ConfigSchema and every
	// rule beyond it, and returns the subject. It contacts nothing. Whatever is
	// wrong is one [InvalidArgument] error with a [FieldError] for each wrong
	// field. The caller closes the Subject if it is an io.Closer.
	Open func(ctx context.Context, config json.RawMessage) (Subject, error) `json:"-"`
}

// Invariant returns the declared invariant of that name.
func (d Definition) Invariant(name string) (Invariant, bool) {
	for _, inv := range d.Invariants {
		if inv.Name == name {
			return inv, true
		}
	}
	return Invariant{}, false
}

// Action returns the catalogue's entry of that name.
func (d Definition) Action(name string) (ActionSpec, bool) {
	for _, spec := range d.Actions {
		if spec.Name == name {
			return spec, true
		}
	}
	return ActionSpec{}, false
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// MaxNameLen is the longest name of a definition, an invariant or an action, in
// bytes.
const MaxNameLen = 64

// Validate returns what is wrong with the Definition as a declaration, all of
// it, or nil: names that are not names or that repeat, severities, risks and
// schemas that are none, repairs of invariants that do not exist. It does not
// look at Open.
func (d Definition) Validate() error {
	var errs []error
	bad := func(path, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
	}
	name := func(path, s string) {
		if len(s) > MaxNameLen || !namePattern.MatchString(s) {
			bad(path, "%.*q is not a name: want lower case words joined by underscores, at most %d bytes", MaxNameLen, s, MaxNameLen)
		}
	}
	schema := func(path string, raw json.RawMessage) {
		var object map[string]any
		switch err := json.Unmarshal(raw, &object); {
		case err != nil:
			bad(path, "not a JSON object: %v", err)
		case object == nil:
			bad(path, "not a JSON object: null")
		}
	}

	name("name", d.Name)
	if d.Version == "" {
		bad("version", "is empty")
	}
	if d.Summary == "" {
		bad("summary", "is empty")
	}
	schema("config_schema", d.ConfigSchema)
	schema("state_schema", d.StateSchema)

	invariants := make(map[string]bool, len(d.Invariants))
	for i, inv := range d.Invariants {
		path := fmt.Sprintf("invariants[%d]", i)
		name(path+".name", inv.Name)
		if invariants[inv.Name] {
			bad(path+".name", "%.*q is declared twice", MaxNameLen, inv.Name)
		}
		invariants[inv.Name] = true
		if !inv.Severity.valid() {
			bad(path+".severity", "%.*q is none of critical, warning, info", MaxNameLen, inv.Severity)
		}
		if inv.Grace < 0 {
			bad(path+".grace_ms", "is negative")
		}
	}

	actions := make(map[string]bool, len(d.Actions))
	for i, spec := range d.Actions {
		path := fmt.Sprintf("actions[%d]", i)
		name(path+".name", spec.Name)
		if actions[spec.Name] {
			bad(path+".name", "%.*q is declared twice", MaxNameLen, spec.Name)
		}
		actions[spec.Name] = true
		if !spec.Risk.valid() {
			bad(path+".risk", "%.*q is none of low, medium, high", MaxNameLen, spec.Risk)
		}
		schema(path+".params", spec.Params)
		for _, repaired := range spec.Repairs {
			if !invariants[repaired] {
				bad(path+".repairs", "%.*q is no declared invariant", MaxNameLen, repaired)
			}
		}
	}
	return errors.Join(errs...)
}
