package redis

import (
	"context"
	"math/bits"
	"strconv"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Defaults and bounds of [SweeperOptions].
const (
	DefaultStepBudget = 200 * time.Millisecond
	DefaultRemembered = 50_000
	MaxChains         = 16
)

// SweeperOptions configures a [Sweeper].
type SweeperOptions struct {
	// Count is about how many keys the server walks for one page (the COUNT of
	// SCAN), 250 by default. It blocks other clients for the time it takes.
	Count int
	// Chains is how many SCANs walk one server side by side: 1 by default, the
	// gentle way. 2, 4, 8 or 16 are faster and felt by other clients. They rely
	// on how Redis counts its cursors, so servers that are not known to count
	// that way are walked by one all the same, and Progress says why.
	Chains int
	// Budget is how long one Step begins new round trips, 200 ms by default. What
	// the caller asks to be read is read whatever it takes.
	Budget time.Duration
	// Keys is about how many keys one Step's part of a pass may walk on each
	// server, all that are in the database counted and not only the limiter's;
	// without it the Budget alone bounds a step.
	Keys int
	// Untracked has every step sweep, and none ask Redis what changed.
	Untracked bool
	// Remembered bounds the changed keys that wait to be read, and as many again
	// whose windows move on: 50,000 each by default, about 10 MB together.
	Remembered int
}

// Progress is what one call of [Sweeper.Step] has done and how far the sweep is.
type Progress struct {
	// Round numbers the full passes over the keyspace, from 1.
	Round int
	// Fresh says that this step began the round, Complete that it ended it:
	// everything that existed all through it has been visited at least once.
	Fresh, Complete bool
	// Swept is about how many of the Total keys this round has walked, other keys
	// than counters included.
	Swept int64
	// Total is the number of keys in the database (DBSIZE, in a Cluster summed
	// over the masters); nil as long as a master has not told.
	Total *int64
	// Last is the last full pass that ended; nil before one did.
	Last *FullPass

	// Following says that the last full pass still holds: since it ended, this
	// step and those before it visited every counter that had changed when this
	// step began, and every one whose window had moved on from what it held, but
	// for those Behind.
	Following bool
	// Behind is how many such counters are known and left to the next step.
	Behind int
	// Again says why a full pass is needed again after one was followed (or could
	// have been): the connection was lost, the database flushed, more had changed
	// than is remembered, a difference was found. It is set until that pass begins
	// to be followed.
	Again string
	// Off says why nothing is followed: the server refuses, or the caller did.
	Off string

	// Visited is what this step has read.
	Visited Visited
	// Differences is how many counters the background verification has ever found
	// to be otherwise than they were followed to be, and Difference is the last:
	// proof that something changes which Redis does not tell.
	Differences int64
	Difference  *Difference

	// Chains is how many chains sweep each server, and One why it is one where
	// more were asked for.
	Chains int
	One    string
}

// Visited counts the keys that one step has read, by what they were read for.
// Changed ones are sequences too.
type Visited struct {
	Asked, Swept, Changed, Moved, Verified int
}

// FullPass is a finished pass over the keyspace.
type FullPass struct {
	// Counters is how many were visited. One that SCAN returned twice, as it may
	// while the keyspace grows or shrinks, counts twice.
	Counters int64
	// Began and Ended are by this machine's clock.
	Began, Ended time.Time
}

// Difference is a counter that is not what it was last seen to be, though Redis
// has not said that it changed.
type Difference struct{ Was, Is Counter }

// Sweeper keeps an eye on all counters at a cost that does not depend on how
// many there are: each [Sweeper.Step] spends its budget and the next goes on
// where it stopped. After a full pass it reads only what changed, where the
// server tells (CLIENT TRACKING, Redis 6.0 and later).
//
// It holds a few connections and, while it follows, one goroutine to each
// master; Close ends them, and so does the Client's. Its memory does not grow
// with the keyspace. It may be used by several goroutines; their steps take
// turns.
type Sweeper struct {
	client *Client
	opts   SweeperOptions
	life   context.Context
	end    context.CancelFunc
	turn   chan struct{} // holds a token while a step, or Close, is at work; guards the rest
	once   sync.Once

	members map[string]*member // by the master's address
	pass    *pass              // under way; nil between passes
	round   int
	last    *FullPass
	watch   watch
}

// NewSweeper returns a sweeper that has not begun. It contacts nothing. The
// caller must Close it, or the client.
func (c *Client) NewSweeper(opts SweeperOptions) (*Sweeper, error) {
	const op = "sweep counters"
	problem := ""
	switch {
	case opts.Count < 0:
		problem = "Count: must not be negative"
	case opts.Chains < 0 || opts.Chains > MaxChains || bits.OnesCount(uint(opts.Chains)) > 1:
		problem = "Chains: want a power of two up to " + strconv.Itoa(MaxChains)
	case opts.Budget < 0:
		problem = "Budget: must not be negative"
	case opts.Keys < 0:
		problem = "Keys: must not be negative"
	case opts.Remembered < 0:
		problem = "Remembered: must not be negative"
	}
	if problem != "" {
		return nil, invalid(op, problem)
	}
	if rdb, ok := c.rdb.(*goredis.Client); ok {
		if _, err := c.wiring(rdb); err != nil {
			return nil, err
		}
	}
	if opts.Count == 0 {
		opts.Count = defaultPage
	}
	if opts.Chains == 0 {
		opts.Chains = 1
	}
	if opts.Budget == 0 {
		opts.Budget = DefaultStepBudget
	}
	if opts.Remembered == 0 {
		opts.Remembered = DefaultRemembered
	}
	if !c.begin() {
		return nil, c.fail(op, c.target, goredis.ErrClosed)
	}
	s := &Sweeper{client: c, opts: opts, turn: make(chan struct{}, 1), members: map[string]*member{}}
	s.life, s.end = context.WithCancel(c.life)
	s.watch = newWatch(s)
	context.AfterFunc(s.life, s.shut)
	return s, nil
}

// Close ends the steps under way, the connections and the goroutines, and waits
// for them. Closing twice does nothing.
func (s *Sweeper) Close() error {
	s.end()
	s.shut()
	return nil
}

// shut releases what the sweeper holds, once.
func (s *Sweeper) shut() {
	s.once.Do(func() {
		s.turn <- struct{}{} // for good
		for _, m := range s.members {
			m.close()
		}
		s.client.calls.Done()
	})
}

// Restart has the next step begin a full pass, for a reason of the caller's: it
// has forgotten what it was told, or judges it otherwise now.
func (s *Sweeper) Restart(ctx context.Context, reason string) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.giveBack()
	s.pass = nil
	s.watch.unfollow(reason)
	return nil
}

func (s *Sweeper) take(ctx context.Context) error {
	const op = "sweep counters"
	select {
	case s.turn <- struct{}{}:
	case <-s.life.Done():
		return s.client.fail(op, s.client.target, goredis.ErrClosed)
	case <-ctx.Done():
		return &failure.Error{
			Op: op, Target: s.client.target, Class: failure.Classify(ctx.Err()), Err: ctx.Err(),
			Detail: "another step was still at it",
		}
	}
	if s.life.Err() != nil {
		s.giveBack()
		return s.client.fail(op, s.client.target, goredis.ErrClosed)
	}
	return nil
}

func (s *Sweeper) giveBack() { <-s.turn }
