package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// eventWords says what happened; what is "" of an event that is left out.
func eventWords(e record.Event) (what, said string) {
	switch {
	case e.Fault != nil:
		said = fmt.Sprintf("%s: %s", e.Fault.Name, e.Fault.Phase)
		if e.Fault.Err != "" {
			said += ", failed: " + failure.Line(e.Fault.Err)
		}
		return "fault", said
	case e.Act != nil:
		said = fmt.Sprintf("%s on %s: ", failure.Line(e.Act.Action.Name), failure.Quote(e.Act.Entity))
		if e.Act.Err != nil {
			said += failure.Line(string(e.Act.Err.Code)) + ": " + failure.Line(e.Act.Err.Error())
		} else {
			said += failure.Line(string(e.Act.Outcome.Status)) + ": " + failure.Line(e.Act.Outcome.Message)
		}
		return "act", said
	case e.Health != nil && e.Health.Err == "":
		return "health", "well"
	case e.Health != nil:
		return "health", failure.Line(e.Health.Err)
	case e.Step != nil:
		return "step", stepWords(*e.Step)
	case e.Host != nil:
		return "host", hostWords(e.Host.Event)
	default:
		return "", ""
	}
}

func stepWords(s record.Step) string {
	said := fmt.Sprintf("%d: %s", s.Number, failure.Line(s.What))
	switch {
	case s.Failed != "":
		said += ": MISSED: " + failure.Line(s.Failed)
	case s.Took > 0:
		said += fmt.Sprintf(": seen after %s", s.Took.Round(time.Millisecond))
	}
	return said
}

func hostWords(event json.RawMessage) string {
	var e struct {
		Type      string
		Invariant string
		Entity    string
		Message   string
	}
	if json.Unmarshal(event, &e) != nil {
		return failure.Line(string(event))
	}
	return strings.TrimSpace(failure.Line(e.Type) + " " + failure.Line(markWords(fault.Mark{Invariant: e.Invariant, Entity: e.Entity})) + " " + failure.Line(e.Message))
}

// observationWords says what an observation found, without what changes each
// time.
func observationWords(o *record.Observation) string {
	if o.Err != nil {
		return "none: " + failure.Line(string(o.Err.Code)) + ": " + failure.Line(o.Err.Message)
	}
	var parts []string
	for _, v := range o.Observation.Violations {
		parts = append(parts, "broken "+markWords(fault.Mark{Invariant: v.Invariant, Entity: v.Entity}))
	}
	for _, u := range o.Observation.Unchecked {
		parts = append(parts, "unknown "+markWords(fault.Mark{Invariant: u.Invariant, Entity: u.Entity}))
	}
	for _, s := range o.Observation.Sources {
		if s.Class != protocol.SourceOK {
			parts = append(parts, failure.Line(s.Name)+" "+failure.Line(string(s.Class)))
		}
	}
	slices.Sort(parts) // their order may change, and they are the same
	const shown = 30
	if more := len(parts) - shown; more > 0 {
		parts = append(parts[:shown], fmt.Sprintf("and %d more", more))
	}
	if len(parts) == 0 {
		return "everything held"
	}
	return strings.Join(parts, ", ")
}
