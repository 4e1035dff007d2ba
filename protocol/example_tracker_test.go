package protocol_test

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A host feeds every observation to a Tracker and acts on what changes. A
// replica that lags is nobody's business for the first 30 seconds, and what
// cannot be observed neither fires nor resolves.
func ExampleTracker() {
	tracker := protocol.NewTracker([]protocol.Invariant{
		{Name: "replica_lag", Entity: "replica", Severity: protocol.Warning, Grace: 30 * time.Second},
	})
	start := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	lagging := []protocol.Violation{
		{Invariant: "replica_lag", Entity: "r2", Severity: protocol.Warning, Message: "r2 is 8 s behind"},
	}
	unreadable := []protocol.Unchecked{
		{Invariant: "replica_lag", Source: "primary", Reason: "the primary does not answer"},
	}

	for _, o := range []protocol.Observation{
		{Time: start, Violations: lagging},
		{Time: start.Add(20 * time.Second), Violations: lagging},
		{Time: start.Add(40 * time.Second), Violations: lagging},
		{Time: start.Add(60 * time.Second), Unchecked: unreadable},
		{Time: start.Add(80 * time.Second)},
	} {
		fmt.Printf("%s %s\n", o.Time.Format(time.TimeOnly), o.Verdict())
		for _, change := range tracker.Update(o) {
			fmt.Printf("  %s %s is %s: %s\n", change.Ticket.Invariant, change.Ticket.Entity, change.To, change.Ticket.Message)
		}
		for _, ticket := range tracker.Tickets() {
			if ticket.UnknownSince != nil {
				fmt.Printf("  still %s, but nobody knows: %s\n", ticket.State, ticket.UnknownReason)
			}
		}
	}

	// Output:
	// 12:00:00 broken
	//   replica_lag r2 is pending: r2 is 8 s behind
	// 12:00:20 broken
	// 12:00:40 broken
	//   replica_lag r2 is firing: r2 is 8 s behind
	// 12:01:00 unknown
	//   still firing, but nobody knows: the primary does not answer
	// 12:01:20 held
	//   replica_lag r2 is resolved: r2 is 8 s behind
}
