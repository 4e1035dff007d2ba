package standing

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// heldWasRead: what cannot have been looked at is not held. It has two ways to
// tell. Where an invariant is known to need something, a link or a source, that
// has to have given an answer; bytes are counted as the subject's side got them,
// over the time of the observation and of those that it overlaps. And where no
// source at all has answered, nothing may be held.
func heldWasRead(n *run, f *findings) {
	type claim struct {
		invariant string
		need      int // -1 is all that was asked
	}
	var lasting streak[claim]
	for i, o := range n.looks {
		lasting.next()
		if blind(o) {
			continue
		}
		read := n.read(i)
		for _, inv := range n.Invariants {
			if !heldForSome(o.Observation, inv) {
				continue
			}
			if !anyAnswered(o.Observation.Sources) {
				if lasting.begins(claim{inv.Name, -1}) {
					f.on(o, "%s is called held, and no source has answered", place(inv.Name, ""))
				}
				continue
			}
			for i, need := range n.Needs[inv.Name] {
				if !met(need, read, o.Observation.Sources) && lasting.begins(claim{inv.Name, i}) {
					f.on(o, "%s is called held, and nothing was read of what it needs: %s", place(inv.Name, ""), strings.Join(need, " or "))
				}
			}
		}
	}
}

// heldForSome tells whether an observation claims that an invariant holds: for
// the system, or for those entities that it does not list.
func heldForSome(o protocol.Observation, inv protocol.Invariant) bool {
	for _, u := range o.Unchecked {
		if u.Invariant == inv.Name && u.Entity == "" {
			return false
		}
	}
	for _, v := range o.Violations {
		if v.Invariant == inv.Name && (v.Entity == "" || inv.Entity == "") {
			return false
		}
	}
	return true
}

// read returns how much came through each link while an observation was made, or
// one beside it that was made at the same time: callers may share a look.
func (n *run) read(i int) map[string]int64 {
	o := n.looks[i]
	sum := make(map[string]int64, len(o.Read))
	add := func(from *record.Observation) {
		for link, bytes := range from.Read {
			sum[link] += bytes
		}
	}
	add(o)
	for before := i - 1; before >= 0 && n.looks[before].Ended.After(o.Began); before-- {
		add(n.looks[before])
	}
	for after := i + 1; after < len(n.looks) && n.looks[after].Began.Before(o.Ended); after++ {
		add(n.looks[after])
	}
	return sum
}

// met tells whether one of the links or sources has answered. A link that nobody
// counts is no reason for a finding.
func met(need []string, read map[string]int64, sources []protocol.Source) bool {
	for _, name := range need {
		if !strings.Contains(name, "->") {
			if sourceRead(name, sources) {
				return true
			}
			continue
		}
		if bytes, counted := read[name]; !counted || bytes > 0 {
			return true
		}
	}
	return len(need) == 0
}

// sourceRead tells whether a source was read, at least in part. A name that ends
// in "*" stands for every source that begins so.
func sourceRead(name string, sources []protocol.Source) bool {
	prefix, many := strings.CutSuffix(name, "*")
	for _, s := range sources {
		if s.Name != name && (!many || !strings.HasPrefix(s.Name, prefix)) {
			continue
		}
		if s.Class == protocol.SourceOK || s.Class == protocol.SourcePartial {
			return true
		}
	}
	return false
}

// anyAnswered tells whether anybody said anything, if only no.
func anyAnswered(sources []protocol.Source) bool {
	for _, s := range sources {
		switch s.Class {
		case protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceDeadline, protocol.SourceSkipped, protocol.SourceNotConfigured:
		default:
			return true
		}
	}
	return false
}
