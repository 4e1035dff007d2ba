package standing

import (
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// hostEvent is what the rule reads of a host's event; package host has the rest.
type hostEvent struct {
	Time      time.Time `json:"time"`
	Type      string    `json:"type"`
	Invariant string    `json:"invariant"`
	Entity    string    `json:"entity"`
}

// hostResolvedNothingUnknown judges a host that watches the same subject on its
// own, in two ways. By its own words: what it has called unknown, and not known
// again, it must not resolve. And by what the runner saw at about that time: one
// of its observations has to have held it.
//
// The host's words are read in its favour. It calls an invariant unknown for
// everybody, and later for some, without saying that the others are known.
func hostResolvedNothingUnknown(n *run, f *findings) {
	unknown := make(map[key]time.Time)
	var failing bool
	for _, group := range n.hostEvents(f) {
		for _, e := range group {
			k := key{e.what.Invariant, e.what.Entity}
			switch e.what.Type {
			case "observation_failed":
				failing = true
			case "observation_recovered":
				failing = false
			case "known":
				delete(unknown, k)
				if k.entity == "" {
					for other := range unknown {
						if other.invariant == k.invariant {
							delete(unknown, other)
						}
					}
				}
			case "unknown":
				if all := (key{k.invariant, ""}); unknown[all].Before(e.what.Time) {
					delete(unknown, all)
				}
				unknown[k] = e.what.Time
			}
		}
		for _, e := range group {
			if e.what.Type != string(protocol.Resolved) && e.what.Type != string(protocol.Cleared) {
				continue
			}
			k := key{e.what.Invariant, e.what.Entity}
			_, one := unknown[k]
			_, all := unknown[key{k.invariant, ""}]
			switch {
			case failing:
				f.at(e.time, "the host resolved %s while it had no observations", k)
			case one || all:
				f.at(e.time, "the host resolved %s, which it had called unknown and not known again", k)
			case !n.heldNear(e.what.Time, k):
				f.at(e.time, "the host resolved %s, and no observation at about that time held it", k)
			}
		}
	}
}

// hostEvents returns the host's events, those of one observation together.
func (n *run) hostEvents(f *findings) [][]at[hostEvent] {
	var groups [][]at[hostEvent]
	for _, h := range n.hosts {
		var e hostEvent
		if err := json.Unmarshal(h.what.Event, &e); err != nil {
			f.at(h.time, "the host wrote what is no event: %.200q", h.what.Event)
			continue
		}
		if last := len(groups) - 1; last >= 0 && groups[last][0].what.Time.Equal(e.Time) {
			groups[last] = append(groups[last], at[hostEvent]{h.time, e})
			continue
		}
		groups = append(groups, []at[hostEvent]{{h.time, e}})
	}
	return groups
}

// heldNear tells whether one of the observations made at about that time held
// something. Where none was made nobody can tell, and it is believed.
func (n *run) heldNear(when time.Time, k key) bool {
	near := 2 * n.soon()
	asked := false
	for _, o := range n.looks {
		if o.Ended.Before(when.Add(-near)) || o.Began.After(when.Add(near)) {
			continue
		}
		asked = true
		if !blind(o) && o.Observation.VerdictOn(k.invariant, k.entity) == protocol.Held {
			return true
		}
	}
	return !asked
}
