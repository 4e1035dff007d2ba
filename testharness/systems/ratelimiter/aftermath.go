package ratelimiter

import (
	"encoding/json"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxAftermath bounds what an action can say of windows.
const maxAftermath = time.Hour

// Aftermath implements [stack.Aftermath]: what was allowed in a window says
// nothing of a key whose counter was emptied, or whose limit was changed, until
// that window is over. It is the longest that the key can have: the default one or
// the one that the action gives it.
func (s *Stack) Aftermath(action protocol.Action) time.Duration {
	var params struct {
		WindowMS int64 `json:"window_ms"`
	}
	if json.Unmarshal(action.Params, &params) != nil {
		params.WindowMS = 0 // the subject refuses it
	}
	most := maxAftermath.Milliseconds()
	given := time.Duration(max(0, min(params.WindowMS, most))) * time.Millisecond
	return max(s.DefaultWindow(), given)
}
