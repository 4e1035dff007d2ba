package ratelimiter

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// driftCase is a key whose count by the API was measured between two counts by
// Redis.
type driftCase struct {
	reported    int64
	low, high   int64 // what Redis says it may rightly be
	unconfirmed *doubt
}

// maxSuspects bounds the keys that are measured again.
const maxSuspects = 500

// reported is a key's count by the API. A complete list that leaves a key out
// says 0.
func (g *gathering) reported(c *counter) (int64, bool) {
	if c.listed != nil {
		return c.listed.Count, true
	}
	return 0, g.listedAll()
}

// driftDoubt is why the two counts of a key cannot be compared.
func (g *gathering) driftDoubt(c *counter) *doubt {
	switch {
	case c.stored == nil:
		return &doubt{sourceStored, "the counter was not read in Redis"}
	case c.stored.Err != nil:
		return &doubt{sourceStored, c.stored.Err.Error()}
	case !g.listable(c.key):
		return &doubt{sourceCounters, "the API, whose JSON carries text only, lists this key as it lists others"}
	default:
		return g.windowDoubt(c)
	}
}

// listable reports whether an entry of the API's list can be told to be a key's.
// A key that is no text is listed as the text that is left of it, U+FFFD in the
// place of what is none, and so under the name of another key. Where not every
// key was read such a text may be one of those.
func (g *gathering) listable(key string) bool {
	if !utf8.ValidString(key) {
		return false
	}
	if !strings.ContainsRune(key, utf8.RuneError) {
		return true
	}
	return g.sweptAll() && !g.garbled[key]
}

// plausible is the range of counts that a stored counter may rightly be
// reported as: an implementation that counts what is in force and one that
// counts all members are both right.
func plausible(c redis.Counter) (low, high int64) {
	if !c.Present {
		return 0, 0
	}
	return c.InForce, c.Count
}

// beyond is how far n is outside of [low, high].
func beyond(n, low, high int64) int64 { return max(low-n, n-high, 0) }

// suspects returns the keys whose counts differ by more than threshold at first
// sight, those furthest apart first.
func (g *gathering) suspects(threshold float64) []string {
	apart := make(map[string]int64)
	for _, c := range g.counters {
		n, known := g.reported(c)
		if !known || g.driftDoubt(c) != nil {
			continue
		}
		low, high := plausible(*c.stored)
		if off := beyond(n, low, high); float64(off) > threshold {
			apart[c.key] = off
		}
	}
	keys := make([]string, 0, len(apart))
	for key := range apart {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(apart[b], apart[a]), cmp.Compare(a, b)) })
	return keys
}

// confirmDrift measures the keys whose counts differ at first sight again. The
// first sight was two readings at the same time, in either order, which live
// traffic alone makes differ. Now the API is read between two readings of
// Redis: the one there is, and another.
func (s *Subject) confirmDrift(round *kit.Round, g *gathering) {
	suspects := g.suspects(s.cfg.Invariants.CounterDrift.Threshold)
	if len(suspects) == 0 {
		return
	}
	g.drifts = make(map[string]driftCase, len(suspects))
	if len(suspects) > maxSuspects {
		for _, key := range suspects[maxSuspects:] {
			g.drifts[key] = driftCase{unconfirmed: &doubt{sourceStored, "too many keys differ to measure them all again"}}
		}
		suspects = suspects[:maxSuspects]
	}

	api := await(kit.Read(round, sourceCounters, s.cfg.Management.Timeout.Std(), s.clients.management.Counters))
	after := answer[[]redis.Counter]{miss: api.miss}
	if api.miss == nil {
		after = await(kit.Read(round, sourceStored, s.cfg.Redis.Timeout.Std(), func(ctx context.Context) ([]redis.Counter, error) {
			return s.clients.redis.Counters(ctx, suspects, g.window)
		}))
	}
	for i, key := range suspects {
		if after.miss != nil {
			g.drifts[key] = driftCase{unconfirmed: &doubt{after.miss.Source, after.miss.Message}}
			continue
		}
		g.drifts[key] = measure(key, *g.counters[key].stored, api.value, after.value[i])
	}
}

// measure judges one key by the API's count between two of Redis's.
func measure(key string, before redis.Counter, listed []ratelimiter.Counter, after redis.Counter) driftCase {
	if after.Err != nil {
		return driftCase{unconfirmed: &doubt{sourceStored, after.Err.Error()}}
	}
	d := driftCase{}
	lowBefore, highBefore := plausible(before)
	lowAfter, highAfter := plausible(after)
	d.low, d.high = min(lowBefore, lowAfter), max(highBefore, highAfter)
	for _, c := range listed {
		if c.Key == key {
			d.reported = c.Count
			return d
		}
	}
	if len(listed) >= listBound {
		d.unconfirmed = &doubt{sourceCounters, "the API, which lists at most 100 counters, no longer lists it"}
	}
	return d
}
