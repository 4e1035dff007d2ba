package standing

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// noFalseAlarms: in healthy times there are no violations at all, and under
// faults only those that one of them explains. What is unknown alarms nobody. What
// the system's own witness found broken is no false alarm either.
func noFalseAlarms(n *run, f *findings) {
	var lasting streak[key]
	for _, o := range n.looks {
		lasting.next()
		if blind(o) {
			continue
		}
		for _, v := range o.Accusing().Violations {
			if n.tolerates(v.Invariant, v.Entity) || n.expecting(o, v.Invariant, v.Entity) || n.explained(o, v) {
				continue
			}
			if !lasting.begins(key{v.Invariant, v.Entity}) {
				continue
			}
			f.on(o, "%s is called broken, which %s: %.200q", place(v.Invariant, v.Entity), n.unexplained(o), v.Message)
		}
	}
}

// explained tells whether one of the faults that are active allows a violation.
func (n *run) explained(o *record.Observation, v protocol.Violation) bool {
	for _, l := range n.faults {
		if l.active(o, n.linger()) && l.impact.Allows(v) {
			return true
		}
	}
	return false
}

func (n *run) unexplained(o *record.Observation) string {
	for _, l := range n.faults {
		if l.active(o, n.linger()) {
			return "no active fault explains"
		}
	}
	return "nothing explains, for there is no fault"
}
