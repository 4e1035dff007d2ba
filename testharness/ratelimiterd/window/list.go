package window

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/masters"
)

// MaxListed is how many counters a listing returns at most.
const MaxListed = 100

// Bounds of the work behind a listing, which has to be done within the timeout
// of one call and within memory, whatever the Redis holds and however long the
// keys are.
const (
	scanCount      = 250      // names looked at in one SCAN
	maxScans       = 4000     // SCANs in one listing
	batch          = 100      // counters counted in one script
	maxCounted     = 50_000   // counters counted in one listing
	maxReadBytes   = 64 << 20 // bytes of names read in one listing
	maxListedBytes = 16 << 20 // bytes of keys in one answer
)

// Counter is a key and its requests in force.
type Counter struct {
	Key   string
	Count int64
	// Limit is the key's own, else the default.
	Limit int64
}

// Remaining is how many requests the key may still make, never below 0.
func (c Counter) Remaining() int64 { return max(0, c.Limit-c.Count) }

// Counters lists counters by key, at most [MaxListed]. Where there are more,
// which of them is up to Redis's SCAN.
func (s *Store) Counters(ctx context.Context) ([]Counter, error) {
	return s.list(ctx, func(Counter) bool { return true })
}

// Blocked lists the counters that have reached the limit in force, by key, at
// most [MaxListed].
func (s *Store) Blocked(ctx context.Context) ([]Counter, error) {
	return s.list(ctx, func(c Counter) bool { return c.Count >= c.Limit })
}

// list collects the counters that are wanted until the answer is full, all are
// seen, or the bounds of the work are reached.
func (s *Store) list(ctx context.Context, wanted func(Counter) bool) ([]Counter, error) {
	all, err := masters.Of(ctx, s.client)
	if err != nil {
		return nil, fmt.Errorf("find the masters: %w", err)
	}
	l := listing{store: s, wanted: wanted, listed: []Counter{}, seen: map[string]bool{}, scans: maxScans}
	for _, master := range all {
		if err := l.walk(ctx, master); err != nil {
			return nil, err
		}
		if l.full() {
			break
		}
	}
	return sorted(l.listed), nil
}

// listing is one listing under way.
type listing struct {
	store  *Store
	wanted func(Counter) bool
	listed []Counter
	seen   map[string]bool // SCAN may return a name twice

	scans                  int // that are left
	listedBytes, readBytes int
}

func (l *listing) full() bool {
	return len(l.listed) == MaxListed || len(l.seen) >= maxCounted || l.readBytes >= maxReadBytes || l.scans == 0
}

// walk goes through the names that one server holds.
func (l *listing) walk(ctx context.Context, server redis.UniversalClient) error {
	var cursor uint64
	for ; l.scans > 0; l.scans-- {
		names, next, err := server.ScanType(ctx, cursor, prefix+"*", scanCount, "zset").Result()
		if err != nil {
			return fmt.Errorf("scan the counters: %w", err)
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			again := l.seen[name]
			if !again {
				l.seen[name] = true
				l.readBytes += len(name)
			}
			return again
		})
		for some := range slices.Chunk(names, batch) {
			counters, err := l.store.count(ctx, some)
			if err != nil {
				return err
			}
			if l.add(counters); l.full() {
				return nil
			}
		}
		cursor = next
		if cursor == 0 || l.full() {
			return nil
		}
	}
	return nil
}

// add takes those that are wanted and fit.
func (l *listing) add(counters []Counter) {
	for _, c := range counters {
		if len(l.listed) == MaxListed {
			return
		}
		if l.wanted(c) && l.listedBytes+len(c.Key) <= maxListedBytes {
			l.listed = append(l.listed, c)
			l.listedBytes += len(c.Key)
		}
	}
}

func sorted(counters []Counter) []Counter {
	slices.SortFunc(counters, func(a, b Counter) int { return cmp.Compare(a.Key, b.Key) })
	return counters
}

// count counts the requests in force of the counters with these names; those
// that are gone, or are no counters, are left out.
func (s *Store) count(ctx context.Context, names []string) ([]Counter, error) {
	if s.cluster {
		return s.countEach(ctx, names)
	}
	keys := make([]string, 0, 2*len(names))
	for _, name := range names {
		keys = append(keys, name, ownPrefix+strings.TrimPrefix(name, prefix))
	}
	reply, err := s.counters.Run(ctx, s.client, keys, s.defaults.Limit, s.defaults.WindowMS, s.offset).Slice()
	if err != nil {
		return nil, fmt.Errorf("count the requests: %w", err)
	}
	counters := make([]Counter, 0, len(reply))
	for _, row := range reply {
		n, err := numbers(row, 3)
		if err != nil {
			return nil, fmt.Errorf("count the requests: %w", err)
		}
		if n[0] < 0 || n[0] >= int64(len(names)) {
			return nil, fmt.Errorf("count the requests: the script answered for counter %d of %d", n[0], len(names))
		}
		counters = append(counters, Counter{Key: strings.TrimPrefix(names[n[0]], prefix), Count: n[1], Limit: n[2]})
	}
	return counters, nil
}
