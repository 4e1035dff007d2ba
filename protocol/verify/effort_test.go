package verify_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// patience is for what takes a second or two on a machine that does nothing else,
// ten times that with the race detector, and again on a machine that is shared.
const patience = 2 * time.Minute

// However a schema and a document are chosen, a check comes to an end.
func TestCheckIsBoundedInTime(t *testing.T) {
	t.Parallel()
	for name, tc := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := checker(t, withState(`{`+hostileDefs+`,"items":`+tc.schema+`}`))
			o := observation()
			o.State = json.RawMessage(list(largest, tc.item))
			start := time.Now()
			err := c.Observation(o, now)
			took := time.Since(start)
			if e, ok := errors.AsType[*protocol.Error](err); err != nil && (!ok || e.Code != protocol.Internal) {
				t.Errorf("got %v", err)
			}
			if took > patience {
				t.Errorf("it took %v: %.200v", took, err)
			}
		})
	}
}
