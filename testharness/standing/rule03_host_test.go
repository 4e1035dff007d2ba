package standing_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestHostResolvesNothingUnknown: and by the host.
func TestHostResolvesNothingUnknown(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"HostResolvedWhileUnknown": {
			reason: "The host called it unknown, and resolves it.",
			spoil: func(r *record.Record) {
				hostSays(r, "resolved", "resolved", "slow")
				hostSays(r, "known", "observation", "")
			},
			want: []string{"nothing_resolved_while_unknown"},
		},
		"HostResolvedOneOfAllUnknown": {
			reason: "The host called it unknown for everybody, and resolves it for one.",
			spoil: func(r *record.Record) {
				hostSays(r, "resolved", "resolved", "slow/a")
				hostSays(r, "known", "observation", "")
			},
			want: []string{"nothing_resolved_while_unknown"},
		},
		"HostResolvedOneOfTheOthers": {
			reason: "It was unknown for everybody, and is for one of them only; of the others nothing is said.",
			spoil: func(r *record.Record) {
				hostSays(r, "known", "resolved", "slow/a")
				hostSays(r, "resolved", "unknown", "slow/b")
			},
		},
		"HostResolvedBlindly": {
			reason: "The host has no observations, and resolves all the same.",
			spoil:  func(r *record.Record) { hostSays(r, "firing", "observation_failed", "") },
			want:   []string{"nothing_resolved_while_unknown"},
		},
		"HostRecovered": {
			reason: "It has observations again.",
			spoil: func(r *record.Record) {
				hostSays(r, "firing", "observation_failed", "")
				hostSays(r, "known", "observation_recovered", "")
			},
		},
		"HostGarbled": {
			reason: "A host that writes anything but events is not to be believed.",
			spoil: func(r *record.Record) {
				for i, e := range r.Events {
					if e.Host != nil {
						r.Events[i].Host.Event = json.RawMessage("panic: \x1b[2J")
						return
					}
				}
			},
			want: []string{"nothing_resolved_while_unknown"},
		},
		"HostResolvedTooEarly": {
			reason: "Nobody held the disk while it was away.",
			spoil: func(r *record.Record) {
				r.Timeout, r.Interval = 100*time.Millisecond, 10*time.Millisecond
				for n := 1; n <= 12; n++ {
					say(r, n, []string{"disk"}, []string{"slow"})
				}
				r.Allow = marks("disk", "slow")
				hostSays(r, "firing", "resolved", "disk")
			},
			want: []string{"nothing_resolved_while_unknown"},
		},
	})
}

// hostSays replaces the first event of a type by another.
func hostSays(r *record.Record, from, to, name string) {
	for _, e := range r.Events {
		if e.Host == nil || !strings.Contains(string(e.Host.Event), `"type":"`+from+`"`) {
			continue
		}
		raw, err := json.Marshal(map[string]any{"time": e.At, "type": to, "invariant": violation(name).Invariant, "entity": violation(name).Entity})
		if err != nil {
			panic(err)
		}
		e.Host.Event = raw
		return
	}
}
