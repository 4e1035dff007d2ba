package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// The names of the limiter's keys in Redis, see package window.
const (
	counterPrefix = "ratelimit:"
	limitPrefix   = counterPrefix + "limit:"
	seqSuffix     = ":seq"
)

// maxNames bounds what one snapshot reads of a server.
const maxNames = 50_000

// snapshot is what the limiter holds in Redis, past the limiter.
type snapshot struct {
	counters map[string]counter
	limits   map[string]rule
	// foreign are names that hold what the limiter never puts there.
	foreign []string
}

// counter is one key's requests.
type counter struct {
	rule    rule
	inForce int64
	expires bool
	// newest is the member that was added last, and leaves when it leaves the
	// window, by the server's clock.
	newest string
	leaves time.Time
}

// rule is the limit in force for a key.
type rule struct {
	limit  int64
	window time.Duration
	own    bool
}

func (s *Stack) defaultRule() rule {
	return rule{limit: int64(s.topology.DefaultLimit), window: time.Duration(s.topology.DefaultWindow)}
}

// take reads all masters.
func (s *Stack) take(ctx context.Context) (snapshot, error) {
	shot := snapshot{counters: map[string]counter{}, limits: map[string]rule{}}
	masters, err := s.redis.Masters(ctx)
	if err != nil {
		return shot, err
	}
	held := make([][]string, len(masters))
	for i, m := range masters {
		// In a Cluster a key's counter and its limit are on different servers.
		if held[i], err = s.takeNames(ctx, m.Admin(), &shot); err != nil {
			return shot, fmt.Errorf("read %s: %w", m.Name(), err)
		}
	}
	for i, m := range masters {
		if err := s.takeCounters(ctx, m.Admin(), held[i], &shot); err != nil {
			return shot, fmt.Errorf("read the counters of %s: %w", m.Name(), err)
		}
	}
	return shot, nil
}

// takeNames takes in the limits that one server holds, and returns the names of
// its counters.
func (s *Stack) takeNames(ctx context.Context, client *redis.Client, shot *snapshot) (counters []string, err error) {
	names, err := scan(ctx, client, counterPrefix+"*")
	if err != nil {
		return nil, err
	}
	pipe := client.Pipeline()
	types := make([]*redis.StatusCmd, len(names))
	fields := make([]*redis.SliceCmd, len(names))
	for i, name := range names {
		types[i] = pipe.Type(ctx, name)
		fields[i] = pipe.HMGet(ctx, name, "limit", "window_ms") // WRONGTYPE of others
	}
	if err := exec(ctx, pipe); err != nil {
		return nil, err
	}
	for i, name := range names {
		key, isLimit := strings.CutPrefix(name, limitPrefix)
		switch kind := types[i].Val(); {
		case kind == "none": // it has gone since
		case kind == "zset":
			counters = append(counters, name)
		case kind == "hash" && isLimit:
			shot.limits[key] = s.ownRule(fields[i].Val())
		case kind == "string" && strings.HasSuffix(name, seqSuffix):
		default:
			shot.foreign = append(shot.foreign, name)
		}
	}
	return counters, nil
}

// ownRule makes a rule of a limit's fields, of which those that are none do not
// count.
func (s *Stack) ownRule(fields []any) rule {
	r := s.defaultRule()
	r.own = true
	if len(fields) != 2 {
		return r
	}
	text, _ := fields[0].(string)
	if limit, err := strconv.ParseInt(text, 10, 64); err == nil {
		r.limit = limit
	}
	text, _ = fields[1].(string)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms > 0 {
		r.window = time.Duration(ms) * time.Millisecond
	}
	return r
}

// takeCounters takes in the counters of one server.
func (s *Stack) takeCounters(ctx context.Context, client *redis.Client, names []string, shot *snapshot) error {
	now, err := client.Time(ctx).Result()
	if err != nil {
		return err
	}
	pipe := client.Pipeline()
	rules := make([]rule, len(names))
	counts := make([]*redis.IntCmd, len(names))
	ttls := make([]*redis.DurationCmd, len(names))
	newest := make([]*redis.ZSliceCmd, len(names))
	for i, name := range names {
		var own bool
		if rules[i], own = shot.limits[strings.TrimPrefix(name, counterPrefix)]; !own {
			rules[i] = s.defaultRule()
		}
		since := now.Add(-rules[i].window).UnixMilli()
		counts[i] = pipe.ZCount(ctx, name, "("+strconv.FormatInt(since, 10), "+inf")
		ttls[i] = pipe.PTTL(ctx, name)
		newest[i] = pipe.ZRevRangeWithScores(ctx, name, 0, 0)
	}
	if err := exec(ctx, pipe); err != nil {
		return err
	}
	for i, name := range names {
		last := newest[i].Val()
		if len(last) == 0 {
			continue // it has gone since
		}
		member, _ := last[0].Member.(string)
		shot.counters[strings.TrimPrefix(name, counterPrefix)] = counter{
			rule: rules[i], inForce: counts[i].Val(), expires: ttls[i].Val() != -1,
			newest: member, leaves: time.UnixMilli(int64(last[0].Score)).Add(rules[i].window),
		}
	}
	return nil
}

// exec runs a pipeline. A command that fails by itself, as one on another type
// does, is not the pipeline's failure.
func exec(ctx context.Context, pipe redis.Pipeliner) error {
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	if _, refused := errors.AsType[redis.Error](err); refused && ctx.Err() == nil {
		return nil
	}
	return err
}

// scan returns the names of a server that match.
func scan(ctx context.Context, client *redis.Client, pattern string) ([]string, error) {
	const count = 1000
	seen := map[string]bool{}
	var names []string
	var cursor uint64
	for {
		some, next, err := client.Scan(ctx, cursor, pattern, count).Result()
		if err != nil {
			return nil, err
		}
		for _, name := range some {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
		if len(names) > maxNames {
			return nil, fmt.Errorf("there are more than %d names like %s", maxNames, pattern)
		}
		if cursor = next; cursor == 0 {
			return names, nil
		}
	}
}
