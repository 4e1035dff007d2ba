package redisfault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

type injectedParams struct {
	Key   string `json:"key"`
	Count int    `json:"count"`
}

// ahead is how far in the future injected requests are, so that none leaves its
// window while the fault is there.
const ahead = time.Hour

// injectedMembers writes requests into a counter behind the limiter's back, as a
// second, wrong writer on the same Redis would. Whatever checks the key meanwhile
// is blocked, and leaves them alone.
func injectedMembers() stack.Kind {
	return kind("redis_injected_members",
		"Requests are written into a key's counter that the limiter has not allowed, by default twice its limit; healing removes them.",
		stack.OnNothing, `{"type":"object","properties":{`+
			`"key":{"type":"string","minLength":1,"default":"`+quietKey+`","description":"the rate limited key"},`+
			`"count":{"type":"integer","minimum":1,"maximum":100000,"description":"how many; twice the default limit if not given"}`+
			`},"additionalProperties":false}`,
		func(t Target, _ string, p injectedParams) (fault.Fault, error) {
			key := orElse(p.Key, quietKey)
			if p.Count == 0 {
				p.Count = 2*t.DefaultLimit() + 1
			}
			i := &Injection{Client: t.Redis().Admin(), Key: key, Count: p.Count}
			impact := fault.Impact{May: []fault.Mark{{Invariant: overLimit, Entity: key}}}
			if p.Count > t.DefaultLimit() {
				impact = fault.Impact{Breaks: impact.May}
			}
			return made(hurt{
				name:   fmt.Sprintf("inject %d requests into the counter of %s", p.Count, failure.Quote(key)),
				impact: impact, inject: i.Inject, heal: i.Heal,
			}), nil
		})
}

// An Injection is requests that are written into a key's counter behind the
// limiter's back, and that stay in force until they are removed.
type Injection struct {
	// Client is one with all rights.
	Client redis.UniversalClient
	// Key is the rate limited key, of any bytes.
	Key string
	// Count is how many requests there are.
	Count int

	members []any
}

// batch is how many members are written at once.
const batch = 1000

// Inject writes the requests. A counter that is new expires together with them,
// one that exists keeps its expiry.
func (i *Injection) Inject(ctx context.Context) error {
	now, err := i.Client.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("ask for the time: %w", err)
	}
	name := counterPrefix + i.Key
	existed, err := i.Client.Exists(ctx, name).Result()
	if err != nil {
		return fmt.Errorf("look for a counter: %w", err)
	}
	at := now.Add(ahead)
	run := "injected-" + rand.Text() + "-"
	requests := make([]redis.Z, i.Count)
	for n := range requests {
		member := run + strconv.Itoa(n)
		requests[n] = redis.Z{Score: float64(at.UnixMilli()), Member: member}
		i.members = append(i.members, member)
	}
	for some := range slices.Chunk(requests, batch) {
		if err := i.Client.ZAdd(ctx, name, some...).Err(); err != nil {
			return fmt.Errorf("write requests: %w", err)
		}
	}
	if existed == 0 {
		if err := i.Client.PExpireAt(ctx, name, at).Err(); err != nil {
			return fmt.Errorf("have them expire: %w", err)
		}
	}
	return nil
}

// Heal removes the requests, and nothing else. Where somebody has reset the
// counter since there is nothing to remove.
func (i *Injection) Heal(ctx context.Context) error {
	var all []error
	for some := range slices.Chunk(i.members, batch) {
		all = append(all, i.Client.ZRem(ctx, counterPrefix+i.Key, some...).Err())
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("remove what was injected: %w", err)
	}
	i.members = nil
	return nil
}
