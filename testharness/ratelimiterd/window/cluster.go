package window

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// inForce is the rule of a key on a Cluster: its own limit, else the one given.
func (s *Store) inForce(ctx context.Context, key string, rule Rule) (Rule, error) {
	fields, err := s.client.HMGet(ctx, ownPrefix+key, "limit", "window_ms").Result()
	if err != nil && !isWrongType(err) {
		return Rule{}, err
	}
	return rule.overriddenBy(fields), nil
}

// overriddenBy is the rule with what the fields limit and window_ms of an own
// limit say. It takes for a number what the scripts do.
func (r Rule) overriddenBy(fields []any) Rule {
	if len(fields) != 2 {
		return r
	}
	if limit, ok := exact(fields[0]); ok {
		r.Limit = limit
	}
	if ms, ok := exact(fields[1]); ok && ms > 0 {
		r.WindowMS = ms
	}
	return r
}

// exact takes a whole number that Lua can hold, too.
func exact(field any) (int64, bool) {
	text, _ := field.(string)
	n, err := strconv.ParseInt(text, 10, 64)
	const highest = 1 << 53
	return n, err == nil && n >= -highest && n <= highest
}

// countSeq counts an allowed request in the key's string. The request is counted
// in the window already, and stays allowed if this fails.
func (s *Store) countSeq(ctx context.Context, name string, rule Rule) {
	_ = s.seq.Run(ctx, s.client, []string{name}, rule.WindowMS).Err()
}

// countEach counts on a Cluster what [Store.count] counts in one script.
func (s *Store) countEach(ctx context.Context, names []string) ([]Counter, error) {
	now, err := s.client.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("ask for the time: %w", err)
	}
	owns := make([]*redis.SliceCmd, len(names))
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			owns[i] = pipe.HMGet(ctx, ownPrefix+strings.TrimPrefix(name, prefix), "limit", "window_ms")
		}
		return nil
	})
	// The first error may hide others.
	for _, own := range owns {
		if err = own.Err(); err != nil && !isWrongType(err) {
			return nil, fmt.Errorf("read the limits: %w", err)
		}
	}
	rules := make([]Rule, len(names))
	cards, counts := make([]*redis.IntCmd, len(names)), make([]*redis.IntCmd, len(names))
	_, _ = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			rules[i] = s.defaults.overriddenBy(owns[i].Val())
			cards[i] = pipe.ZCard(ctx, name)
			since := now.UnixMilli() + s.offset - rules[i].WindowMS
			counts[i] = pipe.ZCount(ctx, name, "("+strconv.FormatInt(since, 10), "+inf")
		}
		return nil
	})
	counters := make([]Counter, 0, len(names))
	for i, name := range names {
		if err := errors.Join(cards[i].Err(), counts[i].Err()); err != nil && !isWrongType(err) {
			return nil, fmt.Errorf("count the requests: %w", err)
		}
		if cards[i].Val() > 0 { // it has not gone since, and is a counter
			counters = append(counters, Counter{Key: strings.TrimPrefix(name, prefix), Count: counts[i].Val(), Limit: rules[i].Limit})
		}
	}
	return counters, nil
}

// isWrongType tells whether Redis has refused because a name holds another type,
// which a name of the limiter may: see the package documentation.
func isWrongType(err error) bool { return redis.HasErrorPrefix(err, "WRONGTYPE") }
