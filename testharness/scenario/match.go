package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// observed tells that an expectation is about observations, and not only about
// events of the host.
func (e Expectation) observed() bool {
	e.Host = nil
	return !e.empty()
}

// compare says what of an expectation an observation does not have, and how many
// things it has.
func (e Expectation) compare(o *record.Observation, invariants []protocol.Invariant) (missed []string, met int) {
	check := func(said string) {
		if said == "" {
			met++
		} else {
			missed = append(missed, said)
		}
	}
	for _, want := range []struct {
		verdict protocol.Verdict
		marks   []fault.Mark
	}{{protocol.Broken, e.Broken}, {protocol.Unknown, e.Unknown}, {protocol.Held, e.Held}} {
		looked := o
		if want.verdict == protocol.Held {
			// What is broken by itself, as on a machine that is too busy, is nothing
			// that the scenario has broken.
			looked = new(*o)
			looked.Observation = o.Accusing()
		}
		for _, m := range want.marks {
			check(differs(looked, m, want.verdict, invariants))
		}
	}
	for _, m := range e.Noticed {
		if noticed(o, m) {
			met++
			continue
		}
		missed = append(missed, m.String()+" was held, not broken or unknown")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Sources)) {
		check(sourceDiffers(o, name, e.Sources[name]))
	}
	for _, pointer := range slices.Sorted(maps.Keys(e.State)) {
		check(stateDiffers(o, pointer, e.State[pointer]))
	}
	return missed, met
}

// noticed tells whether an observation reports a mark broken or unknown. One
// that was not made reports everything unknown.
func noticed(o *record.Observation, m fault.Mark) bool {
	return o.Err != nil || m.Noticed(o.Observation)
}

func verdictOn(o *record.Observation, m fault.Mark) protocol.Verdict {
	if o.Err != nil {
		return protocol.Unknown
	}
	return o.Observation.VerdictOn(m.Invariant, m.Entity)
}

// differs says what else than the wanted verdict a mark has, "" if it has it.
func differs(o *record.Observation, m fault.Mark, want protocol.Verdict, invariants []protocol.Invariant) string {
	marks := []fault.Mark{m}
	if m.Invariant == "*" {
		marks = marks[:0]
		for _, inv := range invariants {
			marks = append(marks, fault.Mark{Invariant: inv.Name})
		}
	}
	var other []string
	for _, m := range marks {
		if got := verdictOn(o, m); got != want {
			other = append(other, fmt.Sprintf("%s was %s%s, not %s", markWords(m), got, because(o, m, got), want))
		}
	}
	const shown = 5
	if more := len(other) - shown; more > 0 {
		other = append(other[:shown], fmt.Sprintf("%d more were not %s", more, want))
	}
	return strings.Join(other, "; ")
}

// markWords is a mark whose entity may be any text.
func markWords(m fault.Mark) string {
	if m.Entity == "" {
		return m.Invariant
	}
	return m.Invariant + " of " + failure.Quote(m.Entity)
}

// because says why a verdict was not held.
func because(o *record.Observation, m fault.Mark, verdict protocol.Verdict) string {
	switch {
	case o.Err != nil:
		return " (no observation: " + failure.Line(o.Err.Message) + ")"
	case verdict == protocol.Broken:
		for _, v := range o.Observation.Violations {
			if m.Matches(v.Invariant, v.Entity) {
				return " (" + markWords(fault.Mark{Invariant: v.Invariant, Entity: v.Entity}) + ": " + failure.Line(v.Message) + ")"
			}
		}
	case verdict == protocol.Unknown:
		for _, u := range o.Observation.Unchecked {
			if m.Matches(u.Invariant, u.Entity) || u.Entity == "" && u.Invariant == m.Invariant {
				return " (" + failure.Line(u.Reason) + ")"
			}
		}
	}
	return ""
}

func sourceDiffers(o *record.Observation, name string, want []protocol.SourceClass) string {
	if o.Err != nil {
		return "source " + failure.Quote(name) + " was not there: no observation: " + failure.Line(o.Err.Message)
	}
	prefix, several := strings.CutSuffix(name, "*")
	found := false
	for _, s := range o.Observation.Sources {
		if s.Name != name && (!several || !strings.HasPrefix(s.Name, prefix)) {
			continue
		}
		found = true
		if !slices.Contains(want, s.Class) {
			said := fmt.Sprintf("source %s was %s, not %s", failure.Line(s.Name), failure.Line(string(s.Class)), strings.Join(words(want), " or "))
			if s.Message != "" {
				said += " (" + failure.Line(s.Message) + ")"
			}
			return said
		}
	}
	if !found {
		names := make([]string, len(o.Observation.Sources))
		for i, s := range o.Observation.Sources {
			names[i] = s.Name
		}
		return failure.Line(fmt.Sprintf("there was no source %s%s; there were %s", name, didYouMean(name, names), strings.Join(names, ", ")))
	}
	return ""
}

func stateDiffers(o *record.Observation, pointer string, want json.RawMessage) string {
	at := "the state"
	if pointer != "" {
		at += " at " + failure.Quote(pointer)
	}
	if o.Err != nil {
		return at + " was not there: no observation: " + failure.Line(o.Err.Message)
	}
	got, ok := resolve(o.Observation.State, pointer)
	switch {
	case !ok:
		return at + " had nothing, not " + failure.Line(string(want))
	case !sameJSON(got, want):
		return at + " was " + failure.Line(string(got)) + ", not " + failure.Line(string(want))
	default:
		return ""
	}
}

// What says in words what is expected.
func (e Expectation) What() string {
	var parts []string
	for _, want := range []struct {
		verdict string
		marks   []fault.Mark
	}{{"broken", e.Broken}, {"unknown", e.Unknown}, {"held", e.Held}, {"noticed", e.Noticed}} {
		var names []string
		for _, m := range want.marks {
			if m.Invariant == "*" {
				names = append(names, "everything")
				continue
			}
			names = append(names, markWords(m))
		}
		if len(names) > 0 {
			parts = append(parts, strings.Join(names, ", ")+" "+want.verdict)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Sources)) {
		parts = append(parts, failure.Line(name)+" "+strings.Join(words(e.Sources[name]), " or "))
	}
	for _, pointer := range slices.Sorted(maps.Keys(e.State)) {
		parts = append(parts, failure.Line(pointer)+" = "+failure.Line(string(e.State[pointer])))
	}
	for _, h := range e.Host {
		parts = append(parts, strings.TrimSpace("the host reports "+h.Type+" "+markWords(fault.Mark{Invariant: h.Invariant, Entity: h.Entity})))
	}
	return strings.Join(parts, "; ")
}
