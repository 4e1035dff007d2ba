package supervisor

import (
	"math/rand/v2"
	"slices"
	"time"
)

// crashes counts them, and says when to try again.
type crashes struct {
	recent []time.Time // within the budget's time, at most its number and one
	delay  time.Duration
}

// add counts a crash of what ran for so long, and tells whether the budget is
// spent by it.
func (c *crashes) add(now time.Time, budget Budget) (spent bool) {
	c.recent = slices.DeleteFunc(c.recent, func(t time.Time) bool { return now.Sub(t) >= budget.Within })
	c.recent = append(c.recent, now)
	return len(c.recent) > budget.Max
}

// next returns how long to wait, after something that ran for so long.
func (c *crashes) next(b Backoff, ran time.Duration) time.Duration {
	if ran >= b.Reset {
		c.delay = 0
	}
	c.delay = min(max(b.First, 2*c.delay), b.Max)
	return c.delay - rand.N(c.delay/2+1) //nolint:gosec // nobody gains by guessing it
}
