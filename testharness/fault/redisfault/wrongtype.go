package redisfault

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type wrongTypeParams struct {
	Key  string `json:"key"`
	Type string `json:"type"`
}

// wrongType puts a value of another type where a key's counter is. The limiter
// can neither count nor allow the key then.
func wrongType() stack.Kind {
	return kind("redis_wrong_type",
		"In the place of a key's counter Redis holds a value of another type; healing puts the counter back.",
		stack.OnNothing, `{"type":"object","properties":{`+
			`"key":{"type":"string","minLength":1,"default":"user:1","description":"the rate limited key"},`+
			`"type":{"enum":["string","list","hash","set"],"default":"list","description":"the type of what is there instead"}`+
			`},"additionalProperties":false}`,
		func(t Target, _ string, p wrongTypeParams) (fault.Fault, error) {
			key := orElse(p.Key, "user:1")
			kind := orElse(p.Type, "list")
			client := t.Redis().Admin()
			name := counterPrefix + key
			var before *value
			return made(hurt{
				name: fmt.Sprintf("put a %s in place of the counter of %s", kind, failure.Quote(key)),
				// It is no counter any more; what was counted of it is elsewhere
				// remembered for a while.
				impact: fault.Impact{May: []fault.Mark{
					{Invariant: counterDrift, Entity: key}, {Invariant: ghostAllowing, Entity: key}, {Invariant: staleCounter, Entity: key},
				}},
				inject: func(ctx context.Context) error {
					found, err := save(ctx, client, name)
					if err != nil {
						return err
					}
					before = &found
					_, err = client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
						pipe.Del(ctx, name)
						switch kind {
						case "string":
							pipe.Set(ctx, name, "not a counter", 0)
						case "hash":
							pipe.HSet(ctx, name, "not", "a counter")
						case "set":
							pipe.SAdd(ctx, name, "not a counter")
						default:
							pipe.RPush(ctx, name, "not a counter")
						}
						return nil
					})
					return err
				},
				heal: func(ctx context.Context) error {
					if before == nil {
						return nil // nothing was put there
					}
					return before.restore(ctx, client)
				},
			}), nil
		})
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
