package standing_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestSaysWhatItDeclares: verdicts are on what is declared.
func TestSaysWhatItDeclares(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"Undeclared": {
			reason: "Nobody has heard of such an invariant, though a fault may do anything.",
			spoil: func(r *record.Record) {
				r.Allow = marks("*")
				say(r, 8, []string{"disk", "weather"}, []string{"slow"})
			},
			want: []string{"says_what_it_declares"},
		},
		"UndeclaredUnknown": {
			reason: "It cannot be unknown, either.",
			spoil:  func(r *record.Record) { say(r, 8, []string{"disk"}, []string{"slow", "weather"}) },
			want:   []string{"says_what_it_declares"},
		},
		"OtherSeverity": {
			reason: "The severity is the declaration's.",
			spoil:  func(r *record.Record) { seen(r, 8).Observation.Violations[0].Severity = protocol.Info },
			want:   []string{"says_what_it_declares"},
		},
		"NoSources": {
			reason: "It names nothing that it read, so it has read nothing, and yet it holds something.",
			spoil: func(r *record.Record) {
				seen(r, 3).Observation.Sources = nil
			},
			want: []string{"held_was_read", "says_what_it_declares"},
		},
	})
}
