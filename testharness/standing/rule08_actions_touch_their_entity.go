package standing

import (
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// actionsTouchTheirEntity: an action changes what it is about and nothing else,
// also where it fails. Where it says that nothing was changed, nothing was.
func actionsTouchTheirEntity(n *run, f *findings) {
	for _, a := range n.acts {
		if why := harmless(a.what); why != "" && len(a.what.Touched) > 0 {
			f.at(a.time, "%s on %.80q %s, and changed %.80q", printable(a.what.Action.Name), a.what.Entity, why, a.what.Touched)
			continue
		}
		if a.what.Entity == "" {
			continue // what it was to change cannot be told
		}
		if others := slices.DeleteFunc(slices.Clone(a.what.Touched), func(e string) bool { return e == a.what.Entity }); len(others) > 0 {
			f.at(a.time, "%s on %.80q changed %.80q", printable(a.what.Action.Name), a.what.Entity, others)
		}
	}
}

// harmless says how an action claims to have changed nothing, or returns "".
func harmless(a *record.Act) string {
	switch {
	case a.Action.DryRun:
		return "was a dry run"
	case a.Err != nil && a.Err.Effect == protocol.EffectNone:
		return "failed without effect, by its word"
	case a.Err == nil && a.Outcome.Status == protocol.OutcomeUnchanged:
		return "left everything unchanged, by its word"
	default:
		return ""
	}
}
