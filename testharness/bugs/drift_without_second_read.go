package bugs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

const counterDrift = "counter_drift"

// driftWithoutSecondRead: the API's count is compared with what Redis says a
// moment later. In that moment requests were counted, and live traffic looks like
// two systems that disagree.
func driftWithoutSecondRead() Bug {
	const name = "drift_without_second_read"
	busy := story(rateLimiter, name, "Few keys, many requests, and nothing wrong.",
		scenario.Step{Wait: time.Second},
		scenario.Step{Load: json.RawMessage(`{"rate":600,"keys":["busy"],"limit":100000}`)},
		scenario.Step{Wait: 8 * time.Second})
	// Of a key that is new Prometheus has no rate until it was scraped twice.
	busy.Allow = append(busy.Allow, fault.Mark{Invariant: "ghost_allowing"})
	return Bug{
		Name:     name,
		Summary:  "Drift is measured by one answer of the API and one later reading of Redis.",
		CaughtBy: "no_false_alarms",
		System:   rateLimiter,
		Scenario: busy,
		Wrap: func(s protocol.Subject, def protocol.Definition, st stack.Stack) protocol.Subject {
			api, store := managementOf(st), redisOf(st)
			return &wrapped{
				right: s, def: def,
				observe: func(ctx context.Context) (protocol.Observation, error) {
					listed, listErr := listCounters(ctx, api)
					o, err := s.Observe(ctx)
					if err != nil || listErr != nil {
						return o, err
					}
					drifts, readErr := driftsNow(ctx, def, store, listed)
					if readErr != nil {
						return o, nil //nolint:nilerr // the right subject's verdict stays
					}
					o.Violations = keepViolations(o.Violations, func(v protocol.Violation) bool { return v.Invariant != counterDrift })
					o.Violations = append(o.Violations, drifts...)
					return o, nil
				},
				close: func() error { api.Close(); return store.Close() },
			}
		},
	}
}

func listCounters(ctx context.Context, api *ratelimiter.Client) ([]ratelimiter.Counter, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return api.Counters(ctx)
}

// driftsNow compares what the API said with what Redis says now.
func driftsNow(ctx context.Context, def protocol.Definition, store *redis.Client, listed []ratelimiter.Counter) ([]protocol.Violation, error) {
	const (
		threshold = 5
		window    = time.Minute
	)
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	keys := make([]string, len(listed))
	for i, c := range listed {
		keys[i] = c.Key
	}
	stored, err := store.Counters(ctx, keys, window)
	if err != nil {
		return nil, err
	}
	inv, _ := def.Invariant(counterDrift)
	var drifts []protocol.Violation
	for i, c := range stored {
		if apart := max(c.InForce-listed[i].Count, listed[i].Count-c.InForce); c.Err == nil && apart > threshold {
			drifts = append(drifts, protocol.Violation{
				Invariant: counterDrift, Entity: c.Key, Severity: inv.Severity,
				Message: fmt.Sprintf("the API counts %d, Redis %d: %d apart", listed[i].Count, c.InForce, apart),
				Value:   new(float64(apart)), Threshold: new(float64(threshold)), Unit: "requests",
			})
		}
	}
	return drifts, nil
}
