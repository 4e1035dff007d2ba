package window

import (
	"context"
	"crypto/rand"
	_ "embed" // for the scripts
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// The names in Redis, see the package documentation.
const (
	prefix    = "ratelimit:"
	ownPrefix = "ratelimit:limit:"
	seqSuffix = ":seq"
)

// Bounds of what a limit may be. Beyond them it is a mistake rather than a
// limit: a sorted set of a billion members does not fit in memory, and a window
// of years counts nobody's requests.
const (
	MaxLimit    = 1_000_000_000
	MaxWindowMS = 365 * 24 * 60 * 60 * 1000
)

// Rule is what a key may do: Limit requests within any WindowMS milliseconds.
type Rule struct {
	Limit    int64
	WindowMS int64
}

// Decision is the answer to one request.
type Decision struct {
	Allowed bool
	// Count is the number of requests in the window, this one included where it
	// was allowed.
	Count int64
	// Limit is the one in force.
	Limit int64
	// RetryAfterMS is when a blocked request may pass, in milliseconds, at most
	// the window; 0 where it was allowed.
	RetryAfterMS int64
}

// ConflictError says that a name in Redis that is needed for one thing holds
// another, because one user key ends in ":seq" or begins with "limit:".
type ConflictError struct {
	// Name in Redis.
	Name string
	// Holds is the Redis type of what is there.
	Holds string
}

// Error says what is where, and what to do.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the Redis name %s holds a %s of another key: rename this key, or reset the other", failure.Quote(e.Name), e.Holds)
}

//go:embed lua/common.lua
var commonLua string

//go:embed lua/check.lua
var checkLua string

//go:embed lua/counters.lua
var countersLua string

//go:embed lua/reset.lua
var resetLua string

//go:embed lua/setlimit.lua
var setLimitLua string

//go:embed lua/seq.lua
var seqLua string

// Store keeps the windows in one Redis. It is safe for concurrent use. Its
// errors are those of go-redis with what was tried in front, or a
// [*ConflictError]. Each call is bounded by its context.
type Store struct {
	client   redis.UniversalClient
	cluster  bool
	defaults Rule
	// offset is how far the node's clock is ahead of Redis's, in milliseconds.
	offset int64

	// nonce and made make members unique among all nodes and their restarts.
	nonce string
	made  atomic.Uint64

	check, counters, reset, setLimit, seq *redis.Script
}

// New returns a store in the Redis behind client, which stays the caller's to
// close. The defaults are for keys and requests that name no limit or window.
func New(client redis.UniversalClient, defaults Rule) *Store {
	return NewSkewed(client, defaults, 0)
}

// NewSkewed is [New] for a node whose clock is wrong by offset, positive where it
// is ahead. Redis's clock plus the offset stands in for it.
func NewSkewed(client redis.UniversalClient, defaults Rule, offset time.Duration) *Store {
	_, cluster := client.(*redis.ClusterClient)
	return &Store{
		client:   client,
		cluster:  cluster,
		defaults: defaults,
		offset:   offset.Milliseconds(),
		nonce:    rand.Text()[:13] + "-", // 65 random bits
		check:    redis.NewScript(commonLua + checkLua),
		counters: redis.NewScript(commonLua + countersLua),
		reset:    redis.NewScript(commonLua + resetLua),
		setLimit: redis.NewScript(commonLua + setLimitLua),
		seq:      redis.NewScript(seqLua),
	}
}

// Defaults returns the limit and window of keys that have none of their own.
func (s *Store) Defaults() Rule { return s.defaults }

// Check decides one request of key under rule, or under the key's own limit
// where it has one, and counts it where it is allowed.
func (s *Store) Check(ctx context.Context, key string, rule Rule) (Decision, error) {
	counter := prefix + key
	nonce := s.nonce + strconv.FormatUint(s.made.Add(1), 36)
	names := []string{counter, counter + seqSuffix, ownPrefix + key}
	if s.cluster {
		var err error
		if rule, err = s.inForce(ctx, key, rule); err != nil {
			return Decision{}, fmt.Errorf("check a key: %w", err)
		}
		names = names[:1]
	}
	reply, err := s.check.Run(ctx, s.client, names, rule.Limit, rule.WindowMS, nonce, s.offset).Result()
	if err != nil {
		return Decision{}, fmt.Errorf("check a key: %w", err)
	}
	if holds, ok := reply.(string); ok {
		return Decision{}, &ConflictError{Name: counter, Holds: holds}
	}
	n, err := numbers(reply, 4)
	if err != nil {
		return Decision{}, fmt.Errorf("check a key: %w", err)
	}
	d := Decision{Allowed: n[0] == 1, Count: n[1], Limit: n[2], RetryAfterMS: n[3]}
	if s.cluster && d.Allowed {
		s.countSeq(ctx, counter+seqSuffix, rule)
	}
	return d, nil
}

// Reset forgets the requests of key and reports whether there was a counter. It
// touches nothing of any other key, whatever the key's name.
func (s *Store) Reset(ctx context.Context, key string) (existed bool, err error) {
	counter := prefix + key
	names, types := []string{counter, counter + seqSuffix}, []any{"zset", "string"}
	if s.cluster {
		// The counter last: a reset that fails half way has reset nothing yet.
		if err := s.reset.Run(ctx, s.client, names[1:], types[1:]...).Err(); err != nil {
			return false, fmt.Errorf("reset a counter: %w", err)
		}
		names, types = names[:1], types[:1]
	}
	n, err := s.reset.Run(ctx, s.client, names, types...).Int()
	if err != nil {
		return false, fmt.Errorf("reset a counter: %w", err)
	}
	return n == 1, nil
}

// SetLimit gives key its own limit and window, for good.
func (s *Store) SetLimit(ctx context.Context, key string, rule Rule) error {
	holds, err := s.setLimit.Run(ctx, s.client, []string{ownPrefix + key}, rule.Limit, rule.WindowMS).Text()
	if err != nil {
		return fmt.Errorf("set a limit: %w", err)
	}
	if holds != "none" {
		return &ConflictError{Name: ownPrefix + key, Holds: holds}
	}
	return nil
}

// numbers takes a script's array of want integers apart.
func numbers(reply any, want int) ([]int64, error) {
	list, ok := reply.([]any)
	if !ok || len(list) != want {
		return nil, fmt.Errorf("the script answered %T where %d numbers were expected", reply, want)
	}
	n := make([]int64, want)
	for i, v := range list {
		if n[i], ok = v.(int64); !ok {
			return nil, fmt.Errorf("the script answered %T where a number was expected", v)
		}
	}
	return n, nil
}
