package standing

import (
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// A Rule is something that is true of every run.
type Rule struct {
	// Number orders the rules, from 1, and Name is what they are called by: lower
	// case words joined by underscores.
	Number int    `json:"number"`
	Name   string `json:"name"`
	// Summary says in one line what must be so.
	Summary string `json:"summary"`
}

// A Finding is a rule that a run broke.
type Finding struct {
	// Rule is the rule's name.
	Rule string `json:"rule"`
	// At is when, by the record's clock.
	At time.Time `json:"at"`
	// Observation is the number of the observation that shows it, 0 where none
	// does.
	Observation int `json:"observation,omitempty"`
	// Message says what happened and what should have, for a person. Text from the
	// observed system in it is quoted and bounded.
	Message string `json:"message"`
}

// MaxFindings is how many findings [Check] returns of one rule; the last one
// then says that there are more.
const MaxFindings = 20

// Rules returns all the rules by number. The slice is the caller's.
func Rules() []Rule {
	all := make([]Rule, 0, len(rules()))
	for i, r := range rules() {
		all = append(all, Rule{Number: i + 1, Name: r.name, Summary: r.summary})
	}
	return all
}

// Check judges a run by every rule and returns what it broke, by time. It reads
// the record and changes nothing of it; the events have to be in the order in
// which they happened.
func Check(r record.Record) []Finding {
	run := prepare(r)
	var all []Finding
	for _, rule := range rules() {
		found := &findings{rule: rule.name}
		rule.check(run, found)
		all = append(all, found.list()...)
	}
	slices.SortStableFunc(all, func(a, b Finding) int { return a.At.Compare(b.At) })
	return all
}
