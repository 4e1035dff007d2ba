package ratelimiter

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// A reading is one observation's step of a [census] under way. It keeps of what
// is read only what somebody will look at, however much that is.
type reading struct {
	census *census
	asked  map[string]bool
	read   map[string]redis.Counter
	lost   bool
}

func newReading(c *census, asked []string) *reading {
	r := &reading{census: c, asked: make(map[string]bool, len(asked)), read: make(map[string]redis.Counter, len(asked))}
	for _, key := range asked {
		r.asked[key] = true
	}
	return r
}

// count reads those counters again of which a sweep leaves out how many members
// they have, and somebody will want to know.
func (r *reading) count(ctx context.Context, client *redis.Client, window time.Duration) error {
	var keys []string
	for key, c := range r.read {
		if c.Err == nil && c.Present && c.Count == redis.UnknownCount {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	counters, err := client.Counters(ctx, keys, window)
	if err != nil {
		return err
	}
	for i := range counters {
		r.take(counters[i])
	}
	return nil
}

// take takes a counter that was read.
func (r *reading) take(counter redis.Counter) {
	c, key := r.census, counter.Key
	if counter.Err == nil && !counter.Present {
		c.worst.drop(key)
		c.well(key)
		delete(r.read, key)
		if r.asked[key] {
			r.read[key] = counter
		}
		return
	}
	load, wrong := c.assess(&counter)
	if wrong {
		if !c.lookAfter(key) {
			r.lost = true
		}
	} else {
		c.well(key)
	}
	r.read[key] = counter
	for _, out := range c.worst.put(key, load) {
		r.forget(out)
	}
}

// forget drops what was read of a key that nobody will look at.
func (r *reading) forget(key string) {
	if _, wrong := r.census.wrong[key]; !wrong && !r.asked[key] {
		delete(r.read, key)
	}
}

// assess returns the share of its limit that a counter has used, and whether
// there is anything wrong with it that Redis alone tells, as the judges see it.
func (c *census) assess(counter *redis.Counter) (load float64, wrong bool) {
	if counter.Err != nil {
		return -1, true
	}
	var limit int64
	switch {
	case counter.Own != nil:
		limit = counter.Own.Limit
	case c.rule != nil:
		limit = c.rule.DefaultLimit
	default:
		return 0, counter.NoExpiry
	}
	return float64(counter.InForce) / float64(max(limit, 1)), counter.NoExpiry || counter.InForce > limit
}

// lookAfter has every observation read a key until it is well, and reports
// whether there was room for it.
func (c *census) lookAfter(key string) bool {
	if _, known := c.wrong[key]; known {
		return true
	}
	if len(c.wrong) == maxWrong || c.bytes+len(key) > maxKeptBytes {
		return false
	}
	c.wrong[key] = struct{}{}
	c.bytes += len(key)
	return true
}

func (c *census) well(key string) {
	if _, known := c.wrong[key]; known {
		delete(c.wrong, key)
		c.bytes -= len(key)
	}
}
