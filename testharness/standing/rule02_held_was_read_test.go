package standing_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestHeldWasRead: nothing is held that nobody has read.
func TestHeldWasRead(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"HeldUnread": {
			reason: "Nothing came through the only link to it.",
			spoil:  func(r *record.Record) { seen(r, 3).Read["operator->disk"] = 0 },
			want:   []string{"held_was_read"},
		},
		"HeldUnreadOneOfTwo": {
			reason: "One link of several that do will do.",
			spoil:  func(r *record.Record) { o := seen(r, 3); o.Read["operator->a"], o.Read["operator->b"] = 0, 1 },
		},
		"HeldUnreadNoneOfTwo": {
			reason: "None of the links that would do has carried anything.",
			spoil:  func(r *record.Record) { seen(r, 3).Read["operator->a"] = 0 },
			want:   []string{"held_was_read"},
		},
		"HeldNotCounted": {
			reason: "What nobody counted proves nothing.",
			spoil:  func(r *record.Record) { delete(seen(r, 3).Read, "operator->disk") },
		},
		"HeldForTheOthers": {
			reason: "Broken for one says that it is held for the others, which is a claim as well.",
			spoil: func(r *record.Record) {
				say(r, 8, []string{"disk", "down/a"}, []string{"slow"})
				seen(r, 8).Read["operator->a"] = 0
			},
			want: []string{"held_was_read"},
		},
		"HeldThoughTheSourceFailed": {
			reason: "The source that it is read from has not answered.",
			spoil:  func(r *record.Record) { seen(r, 3).Observation.Sources[1].Class = protocol.SourceFailing },
			want:   []string{"held_was_read"},
		},
		"HeldPartly": {
			reason: "A source that was read in part was read.",
			spoil:  func(r *record.Record) { seen(r, 3).Observation.Sources[1].Class = protocol.SourcePartial },
		},
		"HeldByNobody": {
			reason: "Where nobody answered nothing is held, whatever is known of needs.",
			spoil: func(r *record.Record) {
				r.Needs = nil
				for i := range seen(r, 3).Observation.Sources {
					seen(r, 3).Observation.Sources[i].Class = protocol.SourceTimeout
				}
			},
			want: []string{"held_was_read"},
		},
		"ReadByAnotherAtTheSameTime": {
			reason: "Callers who come together share a look, and the bytes came while the other waited.",
			spoil: func(r *record.Record) {
				seen(r, 3).Read["operator->disk"] = 0
				seen(r, 4).Began = seen(r, 3).Began
			},
		},
	})
}
