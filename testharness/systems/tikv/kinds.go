package tikv

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// Kinds are the faults that only TiKV can have.
func Kinds() []stack.Kind {
	return []stack.Kind{storeSlow(), storeFull(), storeRemoved(), regionTrouble()}
}

// own says what a fault of one of this package's kinds is. It can always be had:
// PD and stores do as they are told.
type own struct {
	name         string
	impact       fault.Impact
	inject, heal func(ctx context.Context) error
}

// newOwn makes a Kind's New of a function that is given the parameters, decoded
// over what is in them already, and the store that they name.
func newOwn[P any](defaults P, build func(s *Stack, params P) (*own, error)) func(stack.Stack, string, json.RawMessage) (fault.Fault, error) {
	return func(st stack.Stack, _ string, with json.RawMessage) (fault.Fault, error) {
		s, ok := st.(*Stack)
		if !ok {
			return nil, fmt.Errorf("this fault is of TiKV, not of %T", st)
		}
		params := defaults
		if len(bytes.TrimSpace(with)) > 0 {
			if err := json.Unmarshal(with, &params); err != nil {
				return nil, fmt.Errorf("with: %w", err)
			}
		}
		o, err := build(s, params)
		if err != nil {
			return nil, err
		}
		return fault.New(o.name, func() fault.Impact { return o.impact }, nil, fault.Hurt{Inject: o.inject, Heal: o.heal}), nil
	}
}

// store returns the store of an ID.
func (s *Stack) store(id int) (*tikvcluster.Store, error) {
	stores := s.cluster.Stores()
	if id < 1 || id > len(stores) {
		return nil, fmt.Errorf("with.store: there is no store %d, only 1 to %d", id, len(stores))
	}
	return stores[id-1], nil
}
