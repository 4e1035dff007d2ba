package ratelimiter

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

const noRedis = "no redis is configured"

// sweep reads the counters in Redis, as many as the budget allows.
func (s *Subject) sweep(round *kit.Round, rule *ratelimiter.Limits, window time.Duration) *kit.Reading[leg] {
	if s.census == nil {
		return kit.NotRead[leg](round, sourceStored, protocol.SourceNotConfigured, noRedis)
	}
	timeout := s.cfg.Redis.Timeout.Std() + s.cfg.Redis.Budget.Time.Std()
	return kit.Read(round, sourceStored, timeout, func(ctx context.Context) (leg, error) {
		l, err := s.census.step(ctx, rule, window)
		if err == nil {
			err = l.refusal()
		}
		switch {
		case err != nil && l.read() == 0:
			return l, err
		case err != nil:
			l.broke = fmt.Sprintf("%s read, then: %v", plural(l.read(), "counter"), err)
		case l.broke == "":
			return l, nil
		}
		return l, &kit.Partial{Message: l.broke}
	})
}

// read is how many counters there are, or are not, by what Redis answered.
func (l leg) read() (n int) {
	for i := range l.Counters {
		if l.Counters[i].Err == nil {
			n++
		}
	}
	return n
}

// refusal is the error of a Redis that may not be asked for any of the counters:
// that says nothing about them.
func (l leg) refusal() error {
	for i := range l.Counters {
		if failure.ClassOf(l.Counters[i].Err) != failure.Forbidden {
			return nil
		}
	}
	if len(l.Counters) == 0 {
		return nil
	}
	return l.Counters[0].Err
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

// unread returns the keys that the API lists and that were not read.
func (g *gathering) unread() []string {
	if g.swept.miss != nil {
		return nil // Redis is not there; asking it again does not help
	}
	read := make(map[string]bool, len(g.swept.value.Counters))
	for i := range g.swept.value.Counters {
		read[g.swept.value.Counters[i].Key] = true
	}
	var keys []string
	for _, c := range g.listed.value {
		if !read[c.Key] {
			read[c.Key] = true
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// sweptAll reports whether this observation has read every counter in Redis.
func (g *gathering) sweptAll() bool { return g.swept.miss == nil && g.swept.value.whole }

// knownAll reports whether it is known of every counter in Redis whether it is
// wrong.
func (g *gathering) knownAll() bool { return g.swept.miss == nil && g.swept.value.known }

// ruleDoubt is why what is known of the counters that were not read now may have
// been found by the wrong limit.
func (g *gathering) ruleDoubt() *doubt {
	switch {
	case g.limits.miss != nil:
		return &doubt{sourceLimits, "the default limit is not known: " + g.limits.miss.Message}
	case g.swept.value.rule == nil || *g.swept.value.rule != g.limits.value:
		return &doubt{sourceLimits, "the default limit changed while the counters were read"}
	default:
		return nil
	}
}

// sweepProgress says why not every counter was read, or is known.
func (g *gathering) sweepProgress() string {
	const bounded = "; redis.budget bounds what one observation reads"
	switch l := g.swept.value; {
	case l.broke != "":
		return "not every counter is known: " + l.broke
	case l.lost:
		return fmt.Sprintf("more counters are wrong than are looked after (%d)", maxWrong)
	case l.known:
		return "there are more counters than one observation reads"
	case l.Following:
		return plural(l.Behind, "counter") + " changed and could not be read yet" + bounded
	case l.Total == nil:
		return fmt.Sprintf("not every counter was read yet: the sweep is at %d keys%s%s", l.Swept, again(l), bounded)
	default:
		return fmt.Sprintf("not every counter was read yet: the sweep is at %d of about %d keys%s%s", l.Swept, *l.Total, again(l), bounded)
	}
}

// again is why another sweep had to begin.
func again(l leg) string {
	if l.Again == "" {
		return ""
	}
	return ", begun as " + l.Again
}
