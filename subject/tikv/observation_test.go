package tikv

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// observe observes with the deadline that a host gives, and checks what every
// observation must be.
func observe(t testing.TB, s protocol.Subject) protocol.Observation {
	t.Helper()
	return observeWithin(t, s, 5*time.Second)
}

func observeWithin(t testing.TB, s protocol.Subject, d time.Duration) protocol.Observation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	o, err := s.Observe(ctx)
	if err != nil {
		t.Fatalf("Observe: %v", err)
	}
	if ctx.Err() != nil {
		t.Errorf("the observation came after its deadline of %s", d)
	}
	checkObservation(t, s, o)
	return o
}

// checkObservation checks what holds of every observation: a host takes it, and
// its sources are the eleven.
func checkObservation(t testing.TB, s protocol.Subject, o protocol.Observation) {
	t.Helper()
	verifyObservation(t, s, o)
	var names []string
	for _, source := range o.Sources {
		names = append(names, source.Name)
	}
	want := slices.Sorted(slices.Values(allSources))
	if !slices.Equal(names, want) {
		t.Errorf("sources %q, want %q", names, want)
	}
	for _, violation := range o.Violations {
		if violation.Message == "" {
			t.Errorf("violation %+v", violation)
		}
	}
	if o.Summary == "" || strings.ContainsAny(o.Summary, "\n\x1b") || o.Time.Location() != time.UTC {
		t.Errorf("summary %q, time %s", o.Summary, o.Time)
	}
}

func stateOf(t testing.TB, o protocol.Observation) State {
	t.Helper()
	var st State
	if err := json.Unmarshal(o.State, &st); err != nil {
		t.Fatalf("decode the state: %v", err)
	}
	return st
}

// notOK returns the sources that were not read, with their classes.
func notOK(o protocol.Observation) map[string]protocol.SourceClass {
	classes := make(map[string]protocol.SourceClass)
	for _, s := range o.Sources {
		if s.Class != protocol.SourceOK {
			classes[s.Name] = s.Class
		}
	}
	return classes
}

// unjudged returns the invariants that do not hold, with their verdicts.
func unjudged(o protocol.Observation) map[string]protocol.Verdict {
	found := make(map[string]protocol.Verdict)
	for _, inv := range declared {
		if verdict := o.VerdictOn(inv.Name, ""); verdict != protocol.Held {
			found[inv.Name] = verdict
		}
	}
	return found
}

// classed are sources, all of one class.
func classed(class protocol.SourceClass, sources ...string) map[string]protocol.SourceClass {
	classes := make(map[string]protocol.SourceClass)
	for _, source := range sources {
		classes[source] = class
	}
	return classes
}

// judgedAs are verdicts, by lists of invariants.
func judgedAs(broken, unknown string) map[string]protocol.Verdict {
	verdicts := make(map[string]protocol.Verdict)
	for name := range strings.FieldsSeq(broken) {
		verdicts[name] = protocol.Broken
	}
	for name := range strings.FieldsSeq(unknown) {
		verdicts[name] = protocol.Unknown
	}
	return verdicts
}
