package ratelimiter

import (
	"cmp"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// counter is what is known of one key: by the API, by Redis, or by both.
type counter struct {
	key    string
	entity string // what it is called in verdicts: the key, where that is text
	listed *ratelimiter.Counter
	stored *redis.Counter
}

type counters map[string]*counter

func (c counters) of(key string) *counter {
	known, ok := c[key]
	if !ok {
		known = &counter{key: key, entity: key}
		c[key] = known
	}
	return known
}

// listBound is how many counters the management API lists at most. A list of
// that length may be all there is, or not.
const listBound = 100

// listedAll reports whether the API has listed every counter there is.
func (g *gathering) listedAll() bool {
	return g.listed.miss == nil && len(g.listed.value) < listBound
}

// listedInstead reports whether the API's list is all that is to be had, Redis
// being left out of the configuration, and is complete.
func (g *gathering) listedInstead() bool {
	miss := g.swept.miss
	return miss != nil && miss.Class == protocol.SourceNotConfigured && g.listedAll()
}

// collect puts together what is known of each key. A key that Redis does not
// hold and the API does not list is no counter, however it came to be asked for.
func (g *gathering) collect(extra answer[[]redis.Counter]) {
	g.counters = make(counters, len(g.swept.value.Counters)+len(g.listed.value))
	for i := range g.listed.value {
		c := &g.listed.value[i]
		g.counters.of(c.Key).listed = c
	}
	for _, read := range [][]redis.Counter{g.swept.value.Counters, extra.value} {
		for i := range read {
			c := &read[i]
			if _, known := g.counters[c.Key]; known || c.Present || c.Err != nil {
				g.counters.of(c.Key).stored = c
			}
		}
	}
	g.swept.miss = cmp.Or(g.swept.miss, extra.miss)
	g.nameCounters()
}

// doubt is why a value is not known: the source to blame, and the reason.
type doubt struct{ source, reason string }

// count returns how many of a key's requests are in force: by Redis where it
// was read, else by the API.
func (g *gathering) count(c *counter) (int64, *doubt) {
	switch {
	case c.stored != nil && c.stored.Err != nil:
		return 0, &doubt{sourceStored, c.stored.Err.Error()}
	case c.stored != nil:
		return c.stored.InForce, g.windowDoubt(c)
	case c.listed != nil:
		return c.listed.Count, nil
	default:
		return 0, &doubt{sourceStored, "the counter was not read"}
	}
}

// windowDoubt is why what is stored may have been counted over the wrong window:
// it was counted over the default that was known when the reading began.
func (g *gathering) windowDoubt(c *counter) *doubt {
	switch {
	case !c.stored.Present || c.stored.Own != nil:
		return nil // nothing to count, or counted over the key's own
	case g.limits.miss != nil:
		return &doubt{sourceLimits, "the default window is not known: " + g.limits.miss.Message}
	case g.limits.value.Window() != g.window:
		return &doubt{sourceLimits, "the default window changed while the counters were read"}
	default:
		return nil
	}
}

// limit returns the limit in force for a key: its own by Redis, else the one
// that the API judges it by, else the default.
func (g *gathering) limit(c *counter) (int64, *doubt) {
	switch {
	case c.stored != nil && c.stored.Own != nil:
		return c.stored.Own.Limit, nil
	case c.listed != nil:
		return c.listed.Limit, nil
	case c.stored == nil || c.stored.Err != nil:
		return 0, &doubt{sourceStored, "the counter was not read"}
	case g.limits.miss != nil:
		return 0, &doubt{sourceLimits, "the default limit is not known: " + g.limits.miss.Message}
	default:
		return g.limits.value.DefaultLimit, nil
	}
}

// keyWindow returns the window of a key, 0 where it is not known. Only Redis
// tells whether a key has one of its own.
func (g *gathering) keyWindow(c *counter) time.Duration {
	switch {
	case c.stored == nil || c.stored.Err != nil:
		return 0
	case c.stored.Own != nil:
		return c.stored.Own.Window
	case g.limits.miss != nil:
		return 0
	default:
		return max(0, g.limits.value.Window())
	}
}

// worstFirst returns the counters, those closest to or furthest over their
// limits first.
func (g *gathering) worstFirst() []*counter {
	type loaded struct {
		*counter

		load float64
	}
	list := make([]loaded, 0, len(g.counters))
	for _, c := range g.counters {
		list = append(list, loaded{c, g.load(c)})
	}
	slices.SortFunc(list, func(a, b loaded) int {
		return cmp.Or(cmp.Compare(b.load, a.load), cmp.Compare(a.key, b.key))
	})
	worst := make([]*counter, len(list))
	for i, l := range list {
		worst[i] = l.counter
	}
	return worst
}

// load is the share of its limit that a key has used, negative where its count
// is not known.
func (g *gathering) load(c *counter) float64 {
	count, unknown := g.count(c)
	limit, noLimit := g.limit(c)
	switch {
	case unknown != nil:
		return -1
	case noLimit != nil:
		return 0
	default:
		return float64(count) / float64(max(limit, 1))
	}
}
