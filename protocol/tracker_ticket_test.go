package protocol_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// at is a time in a test, as a ticket's optional field.
func at(d time.Duration) *time.Time { return new(epoch.Add(d)) }

func TestTicketTimes(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	see := func(d time.Duration, message string) protocol.Observation {
		return protocol.Observation{
			// A subject in another zone means the same instant.
			Time:       epoch.Add(d).In(time.FixedZone("", 3600)),
			Violations: []protocol.Violation{{Invariant: "offline", Severity: protocol.Critical, Message: message}},
		}
	}
	ticket := protocol.Ticket{
		Invariant: "offline", Severity: protocol.Critical, Message: "first", State: protocol.Pending,
		Since: epoch, LastSeen: epoch,
	}

	tracker.Update(see(0, "first"))
	compare(t, "first seen", []protocol.Ticket{ticket}, tracker.Tickets())

	tracker.Update(see(15*time.Second, "second"))
	ticket.State, ticket.Message, ticket.BrokenMS = protocol.Firing, "second", 15_000
	ticket.LastSeen, ticket.FiredAt = epoch.Add(15*time.Second), at(15*time.Second)
	compare(t, "fired, with the latest message", []protocol.Ticket{ticket}, tracker.Tickets())

	tracker.Missed(epoch.Add(16*time.Second), "timeout")
	tracker.Missed(epoch.Add(17*time.Second), "unreachable")
	ticket.UnknownSince, ticket.UnknownReason = at(16*time.Second), "unreachable"
	compare(t, "unknown since the first miss, for the latest reason", []protocol.Ticket{ticket}, tracker.Tickets())

	got := tracker.Update(protocol.Observation{Time: epoch.Add(20 * time.Second)})
	ticket.State, ticket.ResolvedAt, ticket.UnknownSince, ticket.UnknownReason = protocol.Resolved, at(20*time.Second), nil, ""
	compare(t, "resolved", []protocol.Transition{{
		From: protocol.Firing, To: protocol.Resolved, At: epoch.Add(20 * time.Second), Ticket: ticket,
	}}, got)
	for _, tm := range []time.Time{got[0].At, got[0].Ticket.Since, got[0].Ticket.LastSeen, *got[0].Ticket.ResolvedAt} {
		if tm.Location() != time.UTC {
			t.Errorf("%v is not in UTC", tm)
		}
	}
}

func TestSetInvariants(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	run(t, "both are seen", tracker, step{
		broken: []string{"slow/a", "offline"},
		want:   []string{"offline: -> pending", "slow/a: -> pending"},
		open:   []string{"offline pending 0s", "slow/a pending 0s"},
	})
	tracker.SetInvariants([]protocol.Invariant{{Name: "slow", Severity: protocol.Warning, Grace: 5 * time.Second}})
	run(t, "a shorter grace period counts for what is open; what is declared no longer stays as it was", tracker, step{
		at: 6 * time.Second, broken: []string{"slow/a"},
		want: []string{"slow/a: pending -> firing"},
		open: []string{"offline pending 0s unknown (the subject does not declare this invariant)", "slow/a firing 6s"},
	})
	tracker.SetInvariants([]protocol.Invariant{{Name: "slow", Severity: protocol.Warning, Grace: time.Hour}, {Name: "offline"}})
	run(t, "a longer one does not take back what was told; what is declared again is judged again", tracker, step{
		at: 7 * time.Second, broken: []string{"slow/a"},
		want: []string{"offline: pending -> cleared"},
		open: []string{"slow/a firing 7s"},
	})
}

func TestRestore(t *testing.T) {
	t.Parallel()
	before := protocol.NewTracker(declared)
	run(t, "before", before, step{
		broken: []string{"down/a", "slow/a", "slow/b"},
		want:   []string{"down/a: -> firing", "slow/a: -> pending", "slow/b: -> pending"},
		open:   []string{"down/a firing 0s", "slow/a pending 0s", "slow/b pending 0s"},
	})
	run(t, "before", before, step{
		at: 50 * time.Second, broken: []string{"down/a", "slow/a"}, unknown: []string{"slow/b"},
		open: []string{"down/a firing 50s", "slow/a pending 50s", "slow/b pending 0s unknown (gone)"},
	})
	tickets := append(before.Tickets(),
		protocol.Ticket{Invariant: "down", Entity: "old", State: protocol.Resolved},
		protocol.Ticket{Invariant: "down", Entity: "odd", State: "nonsense"},
	)

	after := protocol.NewTracker(declared)
	after.Update(observe(step{broken: []string{"down/forgotten"}}))
	after.Restore(tickets)
	compare(t, "restored: only what is open, and nothing else", before.Tickets(), after.Tickets())
	run(t, "the time between counts for nothing", after, step{
		at: time.Hour, broken: []string{"down/a", "slow/a"}, unknown: []string{"slow/b"},
		open: []string{"down/a firing 50s", "slow/a pending 50s", "slow/b pending 0s unknown (gone)"},
	})
	run(t, "the grace period goes on", after, step{
		at: time.Hour + 10*time.Second, broken: []string{"slow/a"},
		want: []string{"down/a: firing -> resolved", "slow/a: pending -> firing", "slow/b: pending -> cleared"},
		open: []string{"slow/a firing 1m0s"},
	})

	// What a host stored may have been damaged on the way.
	after.Restore([]protocol.Ticket{
		{Invariant: "slow", Entity: "negative", State: protocol.Pending, BrokenMS: -1 << 62},
		{Invariant: "slow", Entity: "huge", State: protocol.Pending, BrokenMS: 1 << 62},
	})
	for i, want := range []int64{int64(1<<63-1) / 1e6, 0} {
		if got := after.Tickets()[i].BrokenMS; got != want {
			t.Errorf("BrokenMS of ticket %d: got %d, want %d", i, got, want)
		}
	}
}

func TestFirstOfTwoCounts(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	tracker.Update(protocol.Observation{Time: epoch, Violations: []protocol.Violation{
		{Invariant: "down", Entity: "a", Severity: protocol.Critical, Message: "the worst comes first"},
		{Invariant: "down", Entity: "a", Severity: protocol.Info, Message: "and then the rest"},
	}})
	compare(t, "message", "the worst comes first", tracker.Tickets()[0].Message)
}

func TestClockFarAhead(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	const far = 200 * 365 * 24 * time.Hour
	run(t, "two jumps that no Duration holds together", tracker, step{
		broken: []string{"down/a"}, want: []string{"down/a: -> firing"}, open: []string{"down/a firing 0s"},
	})
	run(t, "two jumps that no Duration holds together", tracker, step{at: far, broken: []string{"down/a"}, open: []string{"down/a firing 1752000h0m0s"}})
	o := observe(step{at: far, broken: []string{"down/a"}})
	o.Time = o.Time.Add(far)
	tracker.Update(o)
	compare(t, "still what it was", "down/a firing 1752000h0m0s", describe(tracker.Tickets()[0]))
}

func TestSnapshotsAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	changed := tracker.Update(observe(step{broken: []string{"down/a"}}))
	tracker.Missed(epoch.Add(time.Second), "gone")
	want := []protocol.Ticket{{
		Invariant: "down", Entity: "a", Severity: protocol.Critical, Message: "broken: down/a", State: protocol.Firing,
		Since: epoch, LastSeen: epoch, FiredAt: at(0), UnknownSince: at(time.Second), UnknownReason: "gone",
	}}

	*changed[0].Ticket.FiredAt = time.Time{}
	tickets := tracker.Tickets()
	*tickets[0].FiredAt, *tickets[0].UnknownSince = time.Time{}, time.Time{}
	compare(t, "after writing through snapshots", want, tracker.Tickets())

	mine := tracker.Tickets()
	tracker.Restore(mine)
	*mine[0].FiredAt = time.Time{}
	compare(t, "after writing through what was restored", want, tracker.Tickets())
}

func TestOverflow(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	many := func(from, to int) protocol.Observation {
		o := protocol.Observation{Time: epoch}
		for i := from; i < to; i++ {
			o.Violations = append(o.Violations, protocol.Violation{Invariant: "down", Entity: fmt.Sprint(i), Severity: protocol.Critical})
		}
		return o
	}
	check := func(what string, changed, open, overflow int, o protocol.Observation) {
		t.Helper()
		got := []int{len(tracker.Update(o)), len(tracker.Tickets()), tracker.Overflow()}
		if diff := cmp.Diff([]int{changed, open, overflow}, got); diff != "" {
			t.Errorf("%s: transitions, open tickets, overflow (-want +got):\n%s", what, diff)
		}
	}
	check("more than fit", protocol.MaxTickets, protocol.MaxTickets, 7, many(0, protocol.MaxTickets+7))
	twice := many(0, protocol.MaxTickets+7)
	twice.Violations = append(twice.Violations, twice.Violations...)
	check("said twice, counted once", 0, protocol.MaxTickets, 7, twice)
	check("the same again: whoever has a ticket keeps it", 0, protocol.MaxTickets, 7, many(0, protocol.MaxTickets+7))
	check("what is over makes room in the same observation", 7+7, protocol.MaxTickets, 0, many(7, protocol.MaxTickets+7))
	check("all over", protocol.MaxTickets, 0, 0, many(0, 0))

	tickets := make([]protocol.Ticket, 0, protocol.MaxTickets+1)
	for i := range protocol.MaxTickets + 1 {
		tickets = append(tickets, protocol.Ticket{Invariant: "down", Entity: fmt.Sprint(i), State: protocol.Firing})
	}
	tracker.Restore(tickets)
	if got := len(tracker.Tickets()); got != protocol.MaxTickets {
		t.Errorf("restored %d tickets, want the bound of %d", got, protocol.MaxTickets)
	}
}

func compare[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
