package standing_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestNothingResolvedWhileUnknown: a ticket is closed by an observation that holds it, by the tracker.
func TestNothingResolvedWhileUnknown(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"ResolvedWhileUnknown": {
			reason: "The tracker closed what nobody could judge.",
			spoil: func(r *record.Record) {
				say(r, 8, nil, []string{"slow", "disk"})
				o := seen(r, 8)
				o.Transitions = []protocol.Transition{{From: protocol.Firing, To: protocol.Resolved, Ticket: protocol.Ticket{Invariant: "disk"}}}
			},
			want: []string{"nothing_resolved_while_unknown"},
		},
		"ResolvedWithoutObservation": {
			reason: "A failed observation is no news.",
			spoil: func(r *record.Record) {
				seen(r, 10).Transitions = []protocol.Transition{{From: protocol.Firing, To: protocol.Resolved, Ticket: protocol.Ticket{Invariant: "disk"}}}
			},
			want: []string{"nothing_resolved_while_unknown"},
		},
		"TicketLost": {
			reason: "A ticket that is gone without a word was closed all the same.",
			spoil:  func(r *record.Record) { seen(r, 9).Tickets = nil },
			want:   []string{"nothing_resolved_while_unknown"},
		},
		"UnknownForEverybody": {
			reason: "Where an invariant is unknown as a whole, so is each of its entities.",
			spoil: func(r *record.Record) {
				say(r, 7, []string{"disk", "down/a"}, []string{"slow"})
				say(r, 8, []string{"disk"}, []string{"slow", "down"})
			},
		},
	})
}
