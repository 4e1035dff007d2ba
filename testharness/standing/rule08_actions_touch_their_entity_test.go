package standing_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestActionsTouchTheirEntity: an action changes what it is about.
func TestActionsTouchTheirEntity(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"TouchesAnother": {
			reason: "The action was about one key and changed two.",
			spoil:  func(r *record.Record) { act(r).Touched = []string{"key 1", "key 2"} },
			want:   []string{"actions_touch_their_entity"},
		},
		"TouchesNothing": {
			reason: "An action may come to nothing.",
			spoil:  func(r *record.Record) { act(r).Touched = nil },
		},
		"DryRunTouches": {
			reason: "A dry run changes nothing, not its own entity either.",
			spoil:  func(r *record.Record) { act(r).Action.DryRun = true },
			want:   []string{"actions_touch_their_entity"},
		},
		"NotAppliedTouches": {
			reason: "It says that it was not applied.",
			spoil: func(r *record.Record) {
				act(r).Err = &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectNone}
			},
			want: []string{"actions_touch_their_entity"},
		},
		"UnknownEffectTouches": {
			reason: "It says that nobody knows.",
			spoil: func(r *record.Record) {
				act(r).Err = &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectUnknown}
			},
		},
	})
}

func act(r *record.Record) *record.Act {
	for _, e := range r.Events {
		if e.Act != nil {
			return e.Act
		}
	}
	panic("no action")
}
