package host

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A plugin that was restarted, or reloaded, has forgotten what its predecessor
// knew, such as which nodes it had seen. It does not report a node as missing of
// which it never heard, and by the contract what is not reported was checked and
// held. The host cannot know whether a subject remembers anything, so after that
// it believes "held" of a ticket that was open before only on these conditions:
//
//   - The new process has shown that it knows the entity: it named it in a
//     violation, among the unchecked, or anywhere in its state. And
//     heldToBelieve observations in a row found it held. A ticket about the
//     system as a whole needs only the latter: there is no entity to know.
//   - A ticket whose entity the new process never mentions stays open and
//     unknown for as long as the host watches: that nobody speaks of it any more
//     is no reason to close it. Nor is it one that a new process does not declare
//     the invariant.
//
// A violation reported again ends the doubt: the new process judges it.
const heldToBelieve = 2

const doubtReason = "the plugin was started anew and has lost what it remembered: "

type ticketKey struct{ invariant, entity string }

// doubts are the tickets that were open when another process took over.
type doubts struct{ open map[ticketKey]*doubt }

type doubt struct {
	held      int  // observations in a row that found it held
	mentioned bool // the new process named the entity
}

// restart begins to doubt every open ticket.
func (d *doubts) restart(tickets []protocol.Ticket) {
	d.open = make(map[ticketKey]*doubt, len(tickets))
	for _, t := range tickets {
		d.open[ticketKey{t.Invariant, t.Entity}] = &doubt{mentioned: t.Entity == ""}
	}
}

// apply returns the observation with what is doubtful among the unchecked, and
// which tickets it closes, because they are believed to be held. def is what the
// process that observed declares.
func (d *doubts) apply(o protocol.Observation, def protocol.Definition) (protocol.Observation, map[ticketKey]bool) {
	if len(d.open) == 0 {
		return o, nil
	}
	broken, unknown := make(map[ticketKey]bool), make(map[ticketKey]bool)
	for _, v := range o.Violations {
		broken[ticketKey{v.Invariant, v.Entity}] = true
	}
	for _, u := range o.Unchecked {
		unknown[ticketKey{u.Invariant, u.Entity}] = true
	}
	d.mark(o)

	var doubtful []protocol.Unchecked
	say := func(key ticketKey, reason string) {
		doubtful = append(doubtful, protocol.Unchecked{
			Invariant: key.invariant, Entity: key.entity, Reason: doubtReason + reason,
		})
	}
	closing := make(map[ticketKey]bool)
	for _, key := range slices.SortedFunc(maps.Keys(d.open), compareKeys) {
		doubt := d.open[key]
		_, declared := def.Invariant(key.invariant)
		switch {
		case broken[key]:
			delete(d.open, key)
		case unknown[key] || unknown[ticketKey{key.invariant, ""}]:
			doubt.held = 0
		case !declared:
			doubt.held = 0
			say(key, "it does not declare this invariant any more")
		case !doubt.mentioned:
			doubt.held++
			say(key, "it has not mentioned this since, so that it is not held by its word")
		case doubt.held+1 < heldToBelieve:
			doubt.held++
			say(key, "it finds this held, and is believed if it does so again")
		default:
			closing[key] = true
			delete(d.open, key)
		}
	}
	if len(doubtful) > 0 {
		o.Unchecked = append(slices.Clip(o.Unchecked), doubtful...)
	}
	return o, closing
}

// mark notes which doubtful entities the observation mentions.
func (d *doubts) mark(o protocol.Observation) {
	wanted := make(map[string]bool)
	for key, doubt := range d.open {
		if !doubt.mentioned {
			wanted[key.entity] = false
		}
	}
	if len(wanted) == 0 {
		return
	}
	see := func(s string) {
		if _, ok := wanted[s]; ok {
			wanted[s] = true
		}
	}
	for _, v := range o.Violations {
		see(v.Entity)
	}
	for _, u := range o.Unchecked {
		see(u.Entity)
	}
	dec := json.NewDecoder(bytes.NewReader(o.State))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			break // its end, or no JSON, and then it mentions nothing more
		}
		if s, ok := token.(string); ok {
			see(s)
		}
	}
	for key, doubt := range d.open {
		doubt.mentioned = doubt.mentioned || wanted[key.entity]
	}
}
