package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A cause is what makes things unknown: one source that is down leaves many
// invariants unknown for the same reason, which is worth saying once.
type cause struct{ source, reason string }

// An unknown is an invariant with the entities that it is unknown for, none for
// all of them.
type unknown struct {
	invariant string
	entities  []string
}

// byCause groups what is unchecked, in the order of first appearance.
func byCause(list []protocol.Unchecked) (causes []cause, of map[cause][]*unknown) {
	type slot struct {
		cause     cause
		invariant string
	}
	of = make(map[cause][]*unknown)
	at := make(map[slot]*unknown)
	for _, u := range list {
		c := cause{u.Source, u.Reason}
		if _, ok := of[c]; !ok {
			causes = append(causes, c)
		}
		s := slot{c, u.Invariant}
		if at[s] == nil {
			at[s] = &unknown{invariant: u.Invariant}
			of[c] = append(of[c], at[s])
		}
		if u.Entity != "" {
			at[s].entities = append(at[s].entities, u.Entity)
		}
	}
	return causes, of
}

func (p *Printer) unchecked(o protocol.Observation) {
	if len(o.Unchecked) == 0 {
		return
	}
	p.title("UNKNOWN")
	causes, of := byCause(o.Unchecked)
	for _, c := range first(causes, maxRows) {
		reason := message(c.reason)
		if c.source != "" {
			reason = Text(c.source) + ": " + reason
		}
		for i, l := range wrap(reason, p.fit(4)) {
			mark := "  "
			if i == 0 {
				mark = p.paint(yellow, "? ")
			}
			p.line("  ", mark, l)
		}
		for _, l := range wrap(unknowns(of[c]), p.fit(6)) {
			p.line("      ", p.paint(dim, l))
		}
	}
	p.more(2, len(causes)-maxRows)
}

// unknowns lists invariants, and few of the entities of each.
func unknowns(list []*unknown) string {
	const few = 5
	parts := make([]string, 0, len(list))
	for _, u := range list {
		part := Text(u.invariant)
		if len(u.entities) > 0 {
			part += " of " + names(u.entities, few)
		}
		parts = append(parts, part)
	}
	separator := ", "
	if slices.ContainsFunc(list, func(u *unknown) bool { return len(u.entities) > 0 }) {
		separator = "; "
	}
	return strings.Join(parts, separator)
}

// names lists at most n names, and how many there are beyond.
func names(list []string, n int) string {
	parts := make([]string, 0, n)
	for _, s := range first(list, n) {
		parts = append(parts, Text(s))
	}
	text := strings.Join(parts, ", ")
	if len(list) > n {
		text += " and " + strconv.Itoa(len(list)-n) + " more"
	}
	return text
}
