package subjecttest

import (
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// entityOf is an invariant and what it is judged for.
type entityOf struct{ invariant, entity string }

func observeOneVerdict(_ *Env, o *Opened, seen []look) error {
	var p problems
	for _, l := range seen {
		verdicts := make(map[entityOf]protocol.Verdict)
		judge := func(invariant, entity string, verdict protocol.Verdict) {
			key := entityOf{invariant, entity}
			if before, twice := verdicts[key]; twice && (entity != "" || before == verdict) {
				p.addf("invariant %s is %s for %s and, once more, %s", quoted(invariant), before, quoted(entity), verdict)
			}
			verdicts[key] = verdict
			if inv, ok := o.Definition.Invariant(invariant); ok && inv.Entity == "" && entity != "" {
				p.addf("invariant %s is about the system as a whole, and is %s for the entity %s", quoted(invariant), verdict, quoted(entity))
			}
		}
		for _, v := range l.Violations {
			judge(v.Invariant, v.Entity, protocol.Broken)
			if inv, ok := o.Definition.Invariant(v.Invariant); ok && inv.Severity != v.Severity {
				p.addf("invariant %s is declared %s, and a violation of it is %s", quoted(v.Invariant), inv.Severity, quoted(string(v.Severity)))
			}
		}
		for _, u := range l.Unchecked {
			judge(u.Invariant, u.Entity, protocol.Unknown)
			if inv, ok := o.Definition.Invariant(u.Invariant); ok && inv.Entity == "" &&
				slices.ContainsFunc(l.Violations, func(v protocol.Violation) bool { return v.Invariant == u.Invariant }) {
				p.addf("invariant %s is broken and unknown at once", quoted(u.Invariant))
			}
		}
	}
	return p.err()
}

func observeMessages(_ *Env, _ *Opened, seen []look) error {
	var p problems
	for _, l := range seen {
		for _, v := range l.Violations {
			if strings.TrimSpace(v.Message) == "" {
				p.addf("a violation of %s, for %s, has no message", quoted(v.Invariant), quoted(v.Entity))
			}
		}
	}
	return p.err()
}

func observeUnchecked(_ *Env, _ *Opened, seen []look) error {
	var p problems
	for _, l := range seen {
		for _, u := range l.Unchecked {
			if !oneLine(u.Reason) {
				p.addf("invariant %s is unknown for %s, for the reason %s: want a line that says why", quoted(u.Invariant), quoted(u.Entity), quoted(u.Reason))
			}
			if u.Source == "" {
				continue
			}
			i := slices.IndexFunc(l.Sources, func(s protocol.Source) bool { return s.Name == u.Source })
			if i < 0 {
				p.addf("invariant %s is unknown because of source %s, which the observation does not list", quoted(u.Invariant), quoted(u.Source))
			}
		}
	}
	return p.err()
}
