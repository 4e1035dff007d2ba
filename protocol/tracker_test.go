package protocol_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// epoch is the time that the steps of a test count from.
var epoch = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// A step is one thing that happens to a Tracker, and what must follow from it.
// Verdicts are written "invariant" or "invariant/entity".
type step struct {
	at      time.Duration
	broken  []string
	unknown []string // each for the reason "gone"
	missed  string   // the reason why there was no observation

	want []string // "invariant/entity: from -> to", in order
	open []string // "invariant/entity state time-seen-broken [unknown (reason)]", in order
}

var declared = []protocol.Invariant{
	{Name: "down", Entity: "node", Severity: protocol.Critical},
	{Name: "slow", Entity: "node", Severity: protocol.Warning, Grace: 60 * time.Second},
	{Name: "offline", Severity: protocol.Critical, Grace: 10 * time.Second},
}

func TestTracker(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		steps  []step
	}{
		"NothingBroken": {
			reason: "An observation in which everything held opens nothing.",
			steps:  []step{{}, {at: time.Second}},
		},
		"NoGrace": {
			reason: "Without a grace period the first sight fires, in one transition.",
			steps: []step{
				{broken: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"}},
			},
		},
		"Grace": {
			reason: "With a grace period a ticket is pending until it was watched being broken for that long.",
			steps: []step{
				{at: 0, broken: []string{"slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
				{at: 59 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 59s"}},
				{at: 60 * time.Second, broken: []string{"slow/a"}, want: []string{"slow/a: pending -> firing"}, open: []string{"slow/a firing 1m0s"}},
				{at: 90 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a firing 1m30s"}},
			},
		},
		"Resolved": {
			reason: "A firing ticket that is seen held is resolved, and the next violation is a new ticket.",
			steps: []step{
				{at: 0, broken: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"}},
				{at: 5 * time.Second, want: []string{"down/a: firing -> resolved"}},
				{at: 6 * time.Second, broken: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"}},
			},
		},
		"Cleared": {
			reason: "A pending ticket that is seen held is cleared: nobody was told, so nothing is resolved; its time starts anew.",
			steps: []step{
				{at: 0, broken: []string{"slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
				{at: 59 * time.Second, want: []string{"slow/a: pending -> cleared"}},
				{at: 61 * time.Second, broken: []string{"slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
			},
		},
		"UnknownInvariantKeepsFiring": {
			reason: "A firing ticket whose invariant could not be checked is not resolved, however long that lasts.",
			steps: []step{
				{at: 0, broken: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"}},
				{at: time.Second, unknown: []string{"down"}, open: []string{"down/a firing 0s unknown (gone)"}},
				{at: time.Hour, unknown: []string{"down"}, open: []string{"down/a firing 0s unknown (gone)"}},
			},
		},
		"UnknownEntityKeepsFiring": {
			reason: "Where single entities are unknown, theirs stay and the others resolve.",
			steps: []step{
				{
					at: 0, broken: []string{"down/a", "down/b"},
					want: []string{"down/a: -> firing", "down/b: -> firing"},
					open: []string{"down/a firing 0s", "down/b firing 0s"},
				},
				{at: time.Second, unknown: []string{"down/a"}, want: []string{"down/b: firing -> resolved"}, open: []string{"down/a firing 0s unknown (gone)"}},
			},
		},
		"UnknownOfAnotherInvariant": {
			reason: "What is unknown of one invariant says nothing about another, nor about the same entity under it.",
			steps: []step{
				{at: 0, broken: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"}},
				{at: time.Second, unknown: []string{"slow/a", "offline"}, want: []string{"down/a: firing -> resolved"}},
			},
		},
		"UnknownStopsTheClock": {
			reason: "Time in which a violation was not seen, at either end of an interval, does not count towards its grace period.",
			steps: []step{
				{at: 0, broken: []string{"slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
				{at: 30 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 30s"}},
				{at: 50 * time.Second, unknown: []string{"slow/a"}, open: []string{"slow/a pending 30s unknown (gone)"}},
				{at: 300 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 30s"}},
				{at: 329 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 59s"}},
				{at: 330 * time.Second, broken: []string{"slow/a"}, want: []string{"slow/a: pending -> firing"}, open: []string{"slow/a firing 1m0s"}},
			},
		},
		"UnknownThenHeld": {
			reason: "What was unknown and is then seen held is over, and says nothing of having been unknown.",
			steps: []step{
				{at: 0, broken: []string{"offline"}, want: []string{"offline: -> pending"}, open: []string{"offline pending 0s"}},
				{at: 20 * time.Second, broken: []string{"offline"}, want: []string{"offline: pending -> firing"}, open: []string{"offline firing 20s"}},
				{at: 21 * time.Second, unknown: []string{"offline"}, open: []string{"offline firing 20s unknown (gone)"}},
				{at: 22 * time.Second, want: []string{"offline: firing -> resolved"}},
			},
		},
		"UnknownFromTheStart": {
			reason: "What was never seen broken gets no ticket for being unknown.",
			steps:  []step{{unknown: []string{"down", "slow/a"}}},
		},
		"BrokenAndUnknown": {
			reason: "A violation was seen, whatever else could not be: it wins over unchecked, of its entity and of all.",
			steps: []step{
				{at: 0, broken: []string{"down/a"}, unknown: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"}},
				{at: time.Second, broken: []string{"down/a"}, unknown: []string{"down"}, open: []string{"down/a firing 1s"}},
			},
		},
		"Missed": {
			reason: "No observation is no news: every ticket is unknown, nothing ages, nothing is resolved.",
			steps: []step{
				{
					at: 0, broken: []string{"down/a", "slow/a"},
					want: []string{"down/a: -> firing", "slow/a: -> pending"},
					open: []string{"down/a firing 0s", "slow/a pending 0s"},
				},
				{at: 90 * time.Second, missed: "no answer", open: []string{"down/a firing 0s unknown (no answer)", "slow/a pending 0s unknown (no answer)"}},
				{at: 180 * time.Second, broken: []string{"down/a", "slow/a"}, open: []string{"down/a firing 0s", "slow/a pending 0s"}},
				{at: 200 * time.Second, want: []string{"down/a: firing -> resolved", "slow/a: pending -> cleared"}},
			},
		},
		"SaidTwice": {
			reason: "A violation that an observation lists twice is one ticket, and counts its time once.",
			steps: []step{
				{at: 0, broken: []string{"slow/a", "slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
				{at: 40 * time.Second, broken: []string{"slow/a", "slow/a"}, open: []string{"slow/a pending 40s"}},
			},
		},
		"EntitiesAgeApart": {
			reason: "Each entity has its own ticket and its own clock.",
			steps: []step{
				{at: 0, broken: []string{"slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
				{at: 40 * time.Second, broken: []string{"slow/a", "slow/b"}, want: []string{"slow/b: -> pending"}, open: []string{"slow/a pending 40s", "slow/b pending 0s"}},
				{
					at: 70 * time.Second, broken: []string{"slow/b", "slow/a"},
					want: []string{"slow/a: pending -> firing"},
					open: []string{"slow/a firing 1m10s", "slow/b pending 30s"},
				},
			},
		},
		"WorstFirst": {
			reason: "Transitions and tickets come by severity, then firing first, then by name, whatever the observation's order.",
			steps: []step{
				{
					at: 0, broken: []string{"slow/b", "offline", "down/z", "down/a"},
					want: []string{"down/a: -> firing", "down/z: -> firing", "offline: -> pending", "slow/b: -> pending"},
					open: []string{"down/a firing 0s", "down/z firing 0s", "offline pending 0s", "slow/b pending 0s"},
				},
			},
		},
		"ClockSetBack": {
			reason: "A clock that is set back takes no time away and adds none; from there on it counts again.",
			steps: []step{
				{at: 100 * time.Second, broken: []string{"slow/a"}, want: []string{"slow/a: -> pending"}, open: []string{"slow/a pending 0s"}},
				{at: 130 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 30s"}},
				{at: 10 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 30s"}},
				{at: 39 * time.Second, broken: []string{"slow/a"}, open: []string{"slow/a pending 59s"}},
				{at: 40 * time.Second, broken: []string{"slow/a"}, want: []string{"slow/a: pending -> firing"}, open: []string{"slow/a firing 1m0s"}},
			},
		},
		"Undeclared": {
			reason: "An invariant that nobody declared fires at once and stays: its absence from a list means nothing.",
			steps: []step{
				{at: 0, broken: []string{"surprise/x"}, want: []string{"surprise/x: -> firing"}, open: []string{"surprise/x firing 0s"}},
				{at: time.Second, open: []string{"surprise/x firing 0s unknown (the subject does not declare this invariant)"}},
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker := protocol.NewTracker(declared)
			for i, s := range tc.steps {
				run(t, fmt.Sprintf("%s\nstep %d, at %s", tc.reason, i, s.at), tracker, s)
			}
		})
	}
}

// run feeds one step to the tracker and compares.
func run(t *testing.T, what string, tracker *protocol.Tracker, s step) {
	t.Helper()
	var changed []protocol.Transition
	if s.missed != "" {
		tracker.Missed(epoch.Add(s.at), s.missed)
	} else {
		changed = tracker.Update(observe(s))
	}
	got := make([]string, 0, len(changed))
	for _, tr := range changed {
		got = append(got, strings.ReplaceAll(fmt.Sprintf("%s: %s -> %s", entityOf(tr.Ticket), tr.From, tr.To), "  ", " "))
		if !tr.At.Equal(epoch.Add(s.at)) || tr.Ticket.State != tr.To {
			t.Errorf("%s: transition at %v to %s of %+v: want the step's time and the ticket's state", what, tr.At, tr.To, tr.Ticket)
		}
	}
	if diff := cmp.Diff(s.want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: transitions (-want +got):\n%s", what, diff)
	}
	tickets := tracker.Tickets()
	open := make([]string, 0, len(tickets))
	for _, ticket := range tickets {
		open = append(open, describe(ticket))
	}
	if diff := cmp.Diff(s.open, open, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: open tickets (-want +got):\n%s", what, diff)
	}
}

// observe makes the observation that a step describes.
func observe(s step) protocol.Observation {
	o := protocol.Observation{Time: epoch.Add(s.at)}
	for _, b := range s.broken {
		invariant, entity, _ := strings.Cut(b, "/")
		v := protocol.Violation{Invariant: invariant, Entity: entity, Severity: protocol.Info, Message: "broken: " + b}
		for _, inv := range declared {
			if inv.Name == invariant {
				v.Severity = inv.Severity
			}
		}
		o.Violations = append(o.Violations, v)
	}
	for _, u := range s.unknown {
		invariant, entity, _ := strings.Cut(u, "/")
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: invariant, Entity: entity, Reason: "gone"})
	}
	return o
}

func entityOf(t protocol.Ticket) string {
	if t.Entity == "" {
		return t.Invariant
	}
	return t.Invariant + "/" + t.Entity
}

func describe(t protocol.Ticket) string {
	s := fmt.Sprintf("%s %s %s", entityOf(t), t.State, time.Duration(t.BrokenMS)*time.Millisecond)
	if t.UnknownSince != nil {
		s += fmt.Sprintf(" unknown (%s)", t.UnknownReason)
	}
	return s
}
