package stack

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An Aftermath is a [Stack] in which what an action has changed cannot be judged
// at once: of a counter that was emptied the last window still tells what it was.
// In a stack that is none, a look at it is enough.
type Aftermath interface {
	Stack
	// Aftermath is for how long after an action something may be unknown of what it
	// was about, by how the system works. That the subject has to look is not in it.
	// It is bounded, whatever the action says.
	Aftermath(action protocol.Action) time.Duration
}
