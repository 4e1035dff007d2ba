package ratelimiter

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

const noRedis = "no redis is configured"

// leg is the part of a [tour] that one observation walks.
type leg struct {
	redis.Page

	// whole says that this leg alone has read every counter there is.
	whole bool
	// ended says that with this leg every counter has been read since the round
	// began, which may have been several observations ago.
	ended bool
	// broke says why it stopped, if not because its budget was spent.
	broke string
}

// sweep reads the counters in Redis, as many as the budget allows.
func (s *Subject) sweep(round *kit.Round, t *tour, window time.Duration) *kit.Reading[leg] {
	if s.clients.redis == nil {
		return kit.NotRead[leg](round, sourceStored, protocol.SourceNotConfigured, noRedis)
	}
	sweep, err := t.begin(s.clients.redis)
	if err != nil {
		return kit.NotRead[leg](round, sourceStored, protocol.SourceFailing, err.Error())
	}
	budget := redis.Budget{Keys: s.cfg.Redis.Budget.Keys, Time: s.cfg.Redis.Budget.Time.Std()}
	timeout := s.cfg.Redis.Timeout.Std() + budget.Time
	return kit.Read(round, sourceStored, timeout, func(ctx context.Context) (leg, error) {
		l, err := walk(ctx, sweep, budget, window)
		if err != nil && len(l.Counters) > 0 {
			l.whole, l.ended = false, false
			l.broke = fmt.Sprintf("%d counters were read, then: %v", len(l.Counters), err)
			return l, &kit.Partial{Message: l.broke}
		}
		return l, err
	})
}

// walk sweeps as far as the budget goes. A call that ends a round which an
// earlier one began (it was cut off, or Redis was away) has not seen
// everything, so the rest of the budget goes into the next round: a keyspace
// that fits the budget is read whole every time.
func walk(ctx context.Context, sweep *redis.Sweep, budget redis.Budget, window time.Duration) (leg, error) {
	start := time.Now()
	page, err := sweep.Next(ctx, budget, window)
	l := leg{Page: page, whole: page.Fresh && page.Complete, ended: page.Complete}
	left := budget.Time - time.Since(start)
	if err != nil || page.Fresh || !page.Complete || left <= 0 {
		return l, err
	}
	next, err := sweep.Next(ctx, redis.Budget{Keys: budget.Keys, Time: left}, window)
	if next.Fresh && next.Complete {
		return leg{Page: next, whole: true, ended: true}, err
	}
	next.Counters = append(page.Counters, next.Counters...)
	return leg{Page: next, ended: true}, err
}

// readStored reads single counters in Redis.
func (s *Subject) readStored(round *kit.Round, keys []string, window time.Duration) answer[[]redis.Counter] {
	if s.clients.redis == nil || len(keys) == 0 {
		return answer[[]redis.Counter]{}
	}
	return await(kit.Read(round, sourceStored, s.cfg.Redis.Timeout.Std(), func(ctx context.Context) ([]redis.Counter, error) {
		return s.clients.redis.Counters(ctx, keys, window)
	}))
}

// unread returns the keys that the leg did not come by and that are wanted all
// the same: those that the API lists, and those that were wrong before.
func (g *gathering) unread(wrong []string) []string {
	if g.swept.miss != nil {
		return nil // Redis is not there; asking it again does not help
	}
	read := make(map[string]bool, len(g.swept.value.Counters))
	for _, c := range g.swept.value.Counters {
		read[c.Key] = true
	}
	var keys []string
	want := func(key string) {
		if !read[key] {
			read[key] = true
			keys = append(keys, key)
		}
	}
	for _, c := range g.listed.value {
		want(c.Key)
	}
	for _, key := range wrong {
		want(key)
	}
	return keys
}

// sweptAll reports whether this observation has read every counter in Redis.
func (g *gathering) sweptAll() bool { return g.swept.miss == nil && g.swept.value.whole }

// touredAll reports whether every counter in Redis was read since the round
// began, and those that were wrong then by this observation again.
func (g *gathering) touredAll() bool {
	return g.sweptAll() || g.swept.miss == nil && g.swept.value.ended && !g.tour.lost
}

// sweepProgress says why not every counter was read.
func (g *gathering) sweepProgress() string {
	l := g.swept.value
	switch {
	case l.broke != "":
		return "not every counter was read: " + l.broke
	case l.Total == nil:
		return fmt.Sprintf("not every counter was read yet: this round is at %d keys; redis.budget bounds what one observation reads", l.Scanned)
	default:
		return fmt.Sprintf("not every counter was read yet: this round is at %d of about %d keys; redis.budget bounds what one observation reads", l.Scanned, *l.Total)
	}
}
