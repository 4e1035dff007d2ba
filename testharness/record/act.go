package record

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An Act is one call of Act and what came of it.
type Act struct {
	Began   time.Time        `json:"began"`
	Action  protocol.Action  `json:"action"`
	Outcome protocol.Outcome `json:"outcome"`
	Err     *protocol.Error  `json:"error,omitempty"`
	// Entity is what the action was to change, empty where the runner cannot
	// tell.
	Entity string `json:"entity,omitempty"`
	// Touched are the entities that differ between the stack's fingerprints
	// before and after, and are not explained by the scenario; nil where no
	// fingerprint could be had.
	Touched []string `json:"touched"`
	// Aftermath is for how long after it the entity may show traces of what it was
	// before, see stack.Aftermath; zero is none.
	Aftermath time.Duration `json:"aftermath,omitempty"`
}

// Changed tells whether the action may have changed its entity. Something may be
// unknown of that afterwards which the subject has to see anew, for its Aftermath.
func (a *Act) Changed() bool {
	if a.Action.DryRun || a.Entity == "" {
		return false
	}
	if a.Err != nil {
		return protocol.EffectOf(a.Err) != protocol.EffectNone
	}
	return a.Outcome.Status == protocol.OutcomeAccepted
}
