package ratelimiter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// A census is what the Subject keeps of the counters in Redis from one
// observation to the next: how far the sweep over them is, and the few that every
// observation reads, wherever the sweep is: those that are wrong, and those
// closest to their limits. Of all others it keeps only that, when each was last
// read, nothing was wrong with it. That holds while the sweeper follows what
// changes, so an observation costs what has changed and not what there is.
//
// It is never a source of data: what an observation says of a counter, it has
// read itself. Observations take turns.
type census struct {
	client  *redis.Client
	sweeper *redis.Sweeper
	turn    chan struct{} // holds a token while an observation is at it; guards what follows

	rule  *ratelimiter.Limits // what keys without a limit of their own were held against; nil as long as nobody has told
	worst *worst
	wrong map[string]struct{}
	bytes int   // of wrong
	lost  bool  // more were wrong than are looked after, so what is not here may be wrong
	found int64 // differences, by the sweeper's count

	mu     sync.Mutex
	marked []string // what the judges of the last observation did not find well
	fewer  bool     // the API lists fewer counters than the sweep has found
}

// Bounds of what a census keeps.
const (
	maxWrong  = 1000
	maxMarked = 500
	// doubtAfter is when a sweep that the API seems to contradict is made anew.
	doubtAfter = time.Minute
)

// newCensus contacts nothing. The client's Close ends it.
func newCensus(client *redis.Client, cfg Config) (*census, error) {
	sweeper, err := client.NewSweeper(redis.SweeperOptions{
		Chains:    cfg.Redis.Sweep.Chains,
		Untracked: cfg.Redis.Sweep.Untracked,
		Budget:    cfg.Redis.Budget.Time.Std(),
		Keys:      cfg.Redis.Budget.Keys,
	})
	if err != nil {
		return nil, err
	}
	return &census{
		client:  client,
		sweeper: sweeper,
		turn:    make(chan struct{}, 1),
		worst:   newWorst(max(cfg.ListSize, prometheus.MaxKeys)),
		wrong:   make(map[string]struct{}),
	}, nil
}

// A leg is what one observation has read of the counters.
type leg struct {
	redis.Progress

	// Counters are those that were asked for, those that are wrong, and those
	// closest to their limits.
	Counters []redis.Counter
	// known says that of every counter there is it is known whether it is wrong,
	// by rule: it was read, now or since the sweep began, and has not changed
	// since. Those that are wrong were read now.
	known bool
	rule  *ratelimiter.Limits
	// whole says that Counters are all there are, each read by this observation.
	whole bool
	// lost says that more are wrong than Counters has.
	lost bool
	// broke says why the reading stopped, if not because its budget was spent, or
	// why it cannot be relied upon.
	broke string
}

// step sweeps on, or reads what changed. rule is nil as long as nobody has told
// the default limit; window is the one to count over. An error may come with
// what was read before it.
func (c *census) step(ctx context.Context, rule *ratelimiter.Limits, window time.Duration) (leg, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return leg{}, fmt.Errorf("wait for the observations before this one to read Redis: %w", ctx.Err())
	}
	if err := c.begin(ctx, rule); err != nil {
		return leg{}, err
	}
	asked := c.asked()
	r := newReading(c, asked)
	full := c.worst.full
	c.worst.full = false
	progress, err := c.sweeper.Step(ctx, window, asked, r.take)
	if err == nil {
		err = r.count(ctx, c.client, window)
	}
	if !progress.Fresh {
		// What a fresh pass has lost or turned away is all that there is.
		c.worst.full = c.worst.full || full
		r.lost = r.lost || c.lost
	}
	c.lost = r.lost
	return c.end(leg{Progress: progress, rule: rule, lost: c.lost, Counters: slices.Collect(maps.Values(r.read))}, err)
}

// begin starts the sweep anew where what is kept no longer says what it has to.
func (c *census) begin(ctx context.Context, rule *ratelimiter.Limits) error {
	c.mu.Lock()
	fewer := c.fewer
	c.fewer = false
	c.mu.Unlock()
	why := ""
	switch {
	case !same(c.rule, rule):
		why = "the default limit is another"
	case c.lost && len(c.wrong) < maxWrong/2:
		why = "more counters were wrong than are looked after"
	case fewer:
		why = "the API lists fewer counters than were found"
	}
	c.rule = rule
	if why == "" {
		return nil
	}
	return c.sweeper.Restart(ctx, why)
}

func same(a, b *ratelimiter.Limits) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// asked are the keys that the observation reads whatever else it does.
func (c *census) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := slices.Concat(c.marked, slices.Collect(maps.Keys(c.wrong)), slices.Collect(maps.Keys(c.worst.place)))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// end makes what is known of what was read.
func (c *census) end(l leg, err error) (leg, error) {
	l.known = err == nil && !l.lost && (l.Complete && !l.Following || l.Following && l.Behind == 0)
	if d := l.Difference; l.Differences > c.found && d != nil {
		c.found = l.Differences
		l.known = false
		l.broke = fmt.Sprintf(
			"Redis did not tell that %s changed (%d in force, then %d; %d such so far); all counters are read again",
			failure.Quote(d.Is.Key), d.Was.InForce, d.Is.InForce, l.Differences)
	}
	l.whole = l.known && !c.worst.full
	return l, err
}

// mark has the next observations read keys that the judges did not find well.
func (c *census) mark(keys []string) {
	slices.Sort(keys)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marked = keys[:min(len(keys), maxMarked)]
}

// contradict says that the API lists all counters, and that these are fewer than
// the leg found, long after they were found.
func (c *census) contradict(l leg) {
	if l.Following && l.Last != nil && time.Since(l.Last.Ended) > doubtAfter {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.fewer = true
	}
}
