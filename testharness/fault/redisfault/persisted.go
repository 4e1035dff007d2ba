package redisfault

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// quietKey is a key that no load checks: a check gives a counter its expiry back.
const quietKey = "quiet"

type keyParams struct {
	Key string `json:"key"`
}

// persistedCounter takes a counter's expiry away, as a PERSIST by mistake would.
func persistedCounter() stack.Kind {
	return kind("redis_persisted_counter",
		"A key's counter loses its expiry, so that it stays for good; healing gives it its expiry back.",
		stack.OnNothing, `{"type":"object","properties":{"key":{"type":"string","minLength":1,"default":"`+quietKey+`",`+
			`"description":"the rate limited key, which nobody may be checking meanwhile: a check gives it an expiry"}},"additionalProperties":false}`,
		func(t Target, _ string, p keyParams) (fault.Fault, error) {
			key := orElse(p.Key, quietKey)
			client := t.Redis().Admin()
			name := counterPrefix + key
			var before *value
			return made(hurt{
				name:   "take the expiry of the counter of " + failure.Quote(key),
				impact: fault.Impact{Breaks: []fault.Mark{{Invariant: staleCounter, Entity: key}}},
				inject: func(ctx context.Context) error {
					found, err := save(ctx, client, name)
					if err != nil {
						return err
					}
					before = &found
					if found.dump != "" {
						return client.Persist(ctx, name).Err()
					}
					now, err := client.Time(ctx).Result()
					if err != nil {
						return fmt.Errorf("ask for the time: %w", err)
					}
					return client.ZAdd(ctx, name, redis.Z{Score: float64(now.UnixMilli()), Member: "persisted"}).Err()
				},
				heal: func(ctx context.Context) error {
					if before == nil {
						return nil
					}
					if before.dump == "" {
						return client.Del(ctx, name).Err()
					}
					// What was counted since stays counted. One that should have
					// expired by now does so at once.
					return client.Do(ctx, "PEXPIREAT", name, before.expires.Milliseconds()).Err()
				},
			}), nil
		})
}
