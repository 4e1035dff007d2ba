package protocol

import (
	"crypto/rand"
	"encoding/json"
)

// An ActionSpec is an entry of a subject's catalogue of actions.
type ActionSpec struct {
	// Name identifies the action within its Definition.
	Name string `json:"name"`
	// Summary says in one line what it does.
	Summary string `json:"summary"`
	// Params is the JSON Schema of Action.Params, of type object.
	Params json.RawMessage `json:"params"`
	// Risk is how much harm it can do.
	Risk Risk `json:"risk"`
	// RequiresApproval tells a host to ask a person first. The subject itself
	// does not ask.
	RequiresApproval bool `json:"requires_approval"`
	// Idempotent tells that doing it twice leaves the system as doing it once.
	Idempotent bool `json:"idempotent"`
	// Repairs names the invariants that it can make hold again.
	Repairs []string `json:"repairs"`
}

// Risk is how much harm an action can do.
type Risk string

// The risks.
const (
	// RiskLow: at worst a nuisance that passes by itself.
	RiskLow Risk = "low"
	// RiskMedium: changes how the system behaves until it is changed back.
	RiskMedium Risk = "medium"
	// RiskHigh: can lose data or availability.
	RiskHigh Risk = "high"
)

func (r Risk) valid() bool { return r == RiskLow || r == RiskMedium || r == RiskHigh }

// An Action is one change to make.
type Action struct {
	// Name is the catalogue's.
	Name string `json:"name"`
	// ID makes the action at most once; see [Subject]. It is any text of 1 to
	// [MaxActionIDLen] bytes, unique to this one action; [NewActionID] makes
	// one. A dry run needs none.
	ID string `json:"id,omitempty"`
	// Params are the parameters, a JSON object. Empty means no parameters.
	Params json.RawMessage `json:"params,omitempty"`
	// DryRun asks for the changes without making them.
	DryRun bool `json:"dry_run,omitempty"`
}

// MaxActionIDLen is the longest Action.ID, in bytes.
const MaxActionIDLen = 128

// NewActionID returns a new random Action.ID.
func NewActionID() string { return rand.Text() }

// An Outcome is what became of an action that was not refused.
type Outcome struct {
	// Status tells what was done.
	Status OutcomeStatus `json:"status"`
	// Message says it for a person.
	Message string `json:"message"`
	// Changes are what was changed, or with OutcomePlanned would be.
	Changes []Change `json:"changes"`
}

// OutcomeStatus is what was done.
type OutcomeStatus string

// The statuses.
const (
	// OutcomeAccepted: the system accepted the changes. Whether they cure
	// anything, the next observations tell.
	OutcomeAccepted OutcomeStatus = "accepted"
	// OutcomeUnchanged: the system already was as the action would make it.
	OutcomeUnchanged OutcomeStatus = "unchanged"
	// OutcomePlanned: a dry run; nothing was changed.
	OutcomePlanned OutcomeStatus = "planned"
)

// A Change is one field of one entity, before and after. A side that could not
// be read, or that cannot be known, is nil; JSON null says that there is, or
// will be, no value.
type Change struct {
	// Entity is what is changed, such as a key or a store ID.
	Entity string `json:"entity"`
	// Field is what of it.
	Field string `json:"field"`
	// Before and After are JSON values.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}
