package standing

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// nothingResolvedWhileUnknown works the tickets out again from what was
// observed, and compares. A ticket that was closed for another reason than that
// an observation held it is the worst there is; one that is not closed, or not
// opened, when it should be is found along with it.
func nothingResolvedWhileUnknown(n *run, f *findings) {
	open := keys{}
	for _, o := range n.looks {
		closed, opened := open.next(o, n.declared)
		if len(open) > protocol.MaxTickets {
			break // a tracker leaves some out from here on, and which is not told
		}
		closedThere, openedThere := transitions(o)
		for _, k := range closedThere.without(closed) {
			f.on(o, "%s was resolved, %s", k, whyNot(o, k))
		}
		for _, k := range closed.without(closedThere) {
			f.on(o, "%s is held, and its ticket was not closed", k)
		}
		for _, k := range opened.without(openedThere) {
			f.on(o, "%s is broken, and no ticket was opened", k)
		}
		for _, k := range openedThere.without(opened) {
			f.on(o, "a ticket for %s was opened without a new violation", k)
		}
		tickets := keys{}
		for _, t := range o.Tickets {
			tickets[key{t.Invariant, t.Entity}] = true
		}
		for _, k := range open.without(tickets) {
			f.on(o, "%s has to have a ticket, and there is none", k)
		}
		for _, k := range tickets.without(open) {
			f.on(o, "there is a ticket for %s, and it was closed or never opened", k)
		}
	}
	hostResolvedNothingUnknown(n, f)
}

// transitions returns the tickets that were closed and opened by the record.
func transitions(o *record.Observation) (closed, opened keys) {
	closed, opened = keys{}, keys{}
	for _, t := range o.Transitions {
		k := key{t.Ticket.Invariant, t.Ticket.Entity}
		switch {
		case t.To == protocol.Resolved || t.To == protocol.Cleared:
			closed[k] = true
		case t.From == "":
			opened[k] = true
		}
	}
	return closed, opened
}

// whyNot says why an observation is no reason to close a ticket.
func whyNot(o *record.Observation, k key) string {
	if blind(o) {
		return "though there was no observation: all was unknown"
	}
	switch o.Observation.VerdictOn(k.invariant, k.entity) {
	case protocol.Broken:
		return "though it is broken"
	case protocol.Unknown:
		return "though it is unknown"
	default:
		return "though it was not open"
	}
}
