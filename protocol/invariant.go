package protocol

import "time"

// An Invariant is something that must hold of the system. It is a declaration;
// verdicts on it are in each [Observation].
type Invariant struct {
	// Name identifies the invariant within its Definition.
	Name string `json:"name"`
	// Summary says in one line when it is broken.
	Summary string `json:"summary"`
	// Entity is the kind of thing it is about: "node", "key", "store". It is
	// empty when it is about the system as a whole; verdicts then have no
	// entity. Where an action has a parameter of this name, the violation's
	// entity is what belongs there.
	Entity string `json:"entity,omitempty"`
	// Severity is how bad it is.
	Severity Severity `json:"severity"`
	// Grace is how long it may be seen broken before a ticket fires. The host
	// applies it.
	Grace time.Duration `json:"-"`
}

// Severity is how bad a broken invariant is.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

func (s Severity) valid() bool { return s == Critical || s == Warning || s == Info }

// Rank orders severities: 0 is the worst. What is no severity ranks last.
func (s Severity) Rank() int {
	switch s {
	case Critical:
		return 0
	case Warning:
		return 1
	case Info:
		return 2
	default:
		return 3
	}
}

// Verdict is the judgement on an invariant, or on a whole observation.
type Verdict string

// The verdicts. Unknown is a verdict of its own: it is neither a reason to act
// nor a reason to be content.
const (
	Held    Verdict = "held"
	Broken  Verdict = "broken"
	Unknown Verdict = "unknown"
)
