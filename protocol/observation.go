package protocol

import (
	"encoding/json"
	"time"
)

// An Observation is what one look at the system found.
type Observation struct {
	// Time is when the observation began, by the subject's clock, in UTC.
	Time time.Time `json:"time"`
	// Duration is how long it took.
	Duration time.Duration `json:"-"`
	// Summary says in one line how the system is.
	Summary string `json:"summary"`
	// Sources are what was read, or was to be, in a fixed order.
	Sources []Source `json:"sources"`
	// Violations are the broken invariants, worst first. An invariant that is
	// broken for three entities is here three times.
	Violations []Violation `json:"violations"`
	// Unchecked are the invariants, or single entities of them, that could not
	// be judged. An invariant that is in neither list was checked and held.
	Unchecked []Unchecked `json:"unchecked"`
	// State is the subject's own JSON document, as StateSchema declares it. It
	// is bounded.
	State json.RawMessage `json:"state"`
}

// A Violation is an invariant that is broken now.
type Violation struct {
	// Invariant is the name of the broken invariant.
	Invariant string `json:"invariant"`
	// Entity is what it is broken for, empty for the system as a whole. It comes
	// from the observed system and may be any text.
	Entity string `json:"entity,omitempty"`
	// Severity is the invariant's.
	Severity Severity `json:"severity"`
	// Message says what is wrong, for a person.
	Message string `json:"message"`
	// Value and Threshold are what was measured and the bound that it broke,
	// both in Unit, where the invariant is about a number. JSON has no infinity
	// and no NaN; one that is neither finite nor nil is left out there.
	Value     *float64 `json:"value,omitempty"`
	Threshold *float64 `json:"threshold,omitempty"`
	// Unit is the unit of Value and Threshold, such as "ms" or "requests".
	Unit string `json:"unit,omitempty"`
}

// An Unchecked is an invariant that could not be judged.
type Unchecked struct {
	// Invariant is the name of the invariant.
	Invariant string `json:"invariant"`
	// Entity is what it could not be judged for. It is empty when that is so for
	// every entity which Violations does not list for this invariant.
	Entity string `json:"entity,omitempty"`
	// Source is the name of the source that could not be read, empty when none
	// is to blame.
	Source string `json:"source,omitempty"`
	// Reason says why, for a person.
	Reason string `json:"reason"`
}

// A Source is one thing that an observation reads.
type Source struct {
	// Name identifies the source within the subject, such as "redis/counters".
	Name string `json:"name"`
	// Class is OK, or the kind of failure.
	Class SourceClass `json:"class"`
	// Message says what went wrong and what to do, for a person. It is empty
	// when Class is OK.
	Message string `json:"message,omitempty"`
	// Latency is how long reading took, or how long it was waited for.
	Latency time.Duration `json:"-"`
}

// SourceClass is how reading a source went.
type SourceClass string

// The classes of a source.
const (
	// SourceOK: read completely.
	SourceOK SourceClass = "ok"
	// SourceUnreachable: no connection.
	SourceUnreachable SourceClass = "unreachable"
	// SourceTimeout: no answer within the source's own timeout.
	SourceTimeout SourceClass = "timeout"
	// SourceDeadline: the observation's deadline came before the source's own
	// timeout. It says nothing about the source.
	SourceDeadline SourceClass = "deadline"
	// SourceRefused: it answered, and would not serve this request: credentials,
	// permissions, an unknown path, a redirect.
	SourceRefused SourceClass = "refused"
	// SourceFailing: it answered that it cannot serve now.
	SourceFailing SourceClass = "failing"
	// SourceMalformed: its answer cannot be understood, or is over a bound.
	SourceMalformed SourceClass = "malformed"
	// SourcePartial: it was read in part; Message says what is missing.
	SourcePartial SourceClass = "partial"
	// SourceSkipped: it was not asked, because what the question needs came from
	// another source that failed.
	SourceSkipped SourceClass = "skipped"
	// SourceNotConfigured: the configuration leaves it out.
	SourceNotConfigured SourceClass = "not_configured"
)

// Verdict judges the observation as a whole: Broken if anything is, else
// Unknown if anything is, else Held. One without a Time, such as comes with an
// error, was never made, so that without violations it is Unknown.
func (o Observation) Verdict() Verdict {
	switch {
	case len(o.Violations) > 0:
		return Broken
	case len(o.Unchecked) > 0, o.Time.IsZero():
		return Unknown
	default:
		return Held
	}
}

// VerdictOn returns the verdict on an invariant for one entity. With an empty
// entity it is the verdict on the invariant as such: Broken if it is broken for
// anything, else Unknown if it is unknown for anything, else Held. It trusts
// that the invariant is one of the subject's: of a name that nobody judged it
// cannot know.
func (o Observation) VerdictOn(invariant, entity string) Verdict {
	for _, v := range o.Violations {
		if v.Invariant == invariant && (v.Entity == entity || entity == "") {
			return Broken
		}
	}
	for _, u := range o.Unchecked {
		if u.Invariant == invariant && (u.Entity == entity || u.Entity == "" || entity == "") {
			return Unknown
		}
	}
	return Held
}
