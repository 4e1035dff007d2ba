package redisfault

import (
	"context"
	"fmt"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
)

// A need is in which shapes of Redis a kind can be had, and what it takes.
type need struct {
	why    string
	shapes []redisset.Shape
}

// needs are those of the kinds that cannot be had in every shape, by their names.
func needs() map[string]need {
	encrypted := need{"it takes TLS", []redisset.Shape{redisset.TLS}}
	alone := []redisset.Shape{redisset.Single, redisset.Replica, redisset.TLS}
	return map[string]need{
		"redis_read_only":      {"Sentinels and Clusters undo it", alone},
		"redis_loading":        {"others would take over from the one that loads, or have no second database", alone},
		"redis_failover":       {"it takes Sentinels", []redisset.Shape{redisset.Sentinel}},
		"redis_slot_moved":     {"it takes a Cluster", []redisset.Shape{redisset.Cluster}},
		"redis_tls_expired":    encrypted,
		"redis_tls_wrong_name": encrypted,
		"redis_tls_wrong_ca":   encrypted,
	}
}

// Missing tells of the kinds that cannot be had of a Redis of some shape, by their
// names, why not.
func Missing(shape redisset.Shape) map[string]string {
	missing := make(map[string]string)
	for kind := range needs() {
		if why := missingIn(kind, shape); why != "" {
			missing[kind] = why
		}
	}
	return missing
}

// missingIn says why a kind cannot be had of a shape, "" where it can.
func missingIn(kind string, shape redisset.Shape) string {
	n, limited := needs()[kind]
	if !limited || slices.Contains(n.shapes, shape) {
		return ""
	}
	return fmt.Sprintf("%s, and this Redis is of the shape %q: want one of %q", n.why, shape, n.shapes)
}

// onShapes is the availability of a kind that not every shape has.
func onShapes(set *redisset.Set, kind string) func(context.Context) error {
	return func(context.Context) error {
		if why := missingIn(kind, set.Shape()); why != "" {
			return fault.Unavailable("%s", why)
		}
		return nil
	}
}
