package tikv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// defaultRate is the usual load, in requests per second and region led.
const defaultRate = 10.0

// Load implements [stack.Stack]. The stores make up their own requests, so the
// load is what each is told; one that is restarted begins with the usual load.
func (s *Stack) Load(ctx context.Context, spec json.RawMessage) error {
	load := struct {
		RatePerLeader *float64 `json:"rate_per_leader"`
	}{}
	rate := defaultRate
	switch string(spec) {
	case "", "null", "true":
	case "false":
		rate = 0
	default:
		if err := json.Unmarshal(spec, &load); err != nil {
			return fmt.Errorf("read the load: %w", err)
		}
		if load.RatePerLeader != nil {
			rate = *load.RatePerLeader
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate = rate
	var wrong []error
	for _, store := range s.cluster.Stores() {
		if store.State() == process.Running {
			wrong = append(wrong, store.Behave(ctx, tikvcluster.Behaviour{RatePerLeader: &rate}))
		}
	}
	return errors.Join(wrong...)
}
