package window

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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
	var (
		listed = []Counter{}
		seen   = map[string]bool{} // SCAN may return a name twice
		cursor uint64

		listedBytes, readBytes int
	)
	for range maxScans {
		names, next, err := s.client.ScanType(ctx, cursor, prefix+"*", scanCount, "zset").Result()
		if err != nil {
			return nil, fmt.Errorf("scan the counters: %w", err)
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			again := seen[name]
			if !again {
				seen[name] = true
				readBytes += len(name)
			}
			return again
		})
		for some := range slices.Chunk(names, batch) {
			counters, err := s.count(ctx, some)
			if err != nil {
				return nil, err
			}
			for _, c := range counters {
				if !wanted(c) || listedBytes+len(c.Key) > maxListedBytes {
					continue
				}
				listed = append(listed, c)
				listedBytes += len(c.Key)
				if len(listed) == MaxListed {
					return sorted(listed), nil
				}
			}
		}
		cursor = next
		if cursor == 0 || len(seen) >= maxCounted || readBytes >= maxReadBytes {
			break
		}
	}
	return sorted(listed), nil
}

func sorted(counters []Counter) []Counter {
	slices.SortFunc(counters, func(a, b Counter) int { return cmp.Compare(a.Key, b.Key) })
	return counters
}

// count counts the requests in force of the counters with these names; those
// that are gone, or are no counters, are left out.
func (s *Store) count(ctx context.Context, names []string) ([]Counter, error) {
	keys := make([]string, 0, 2*len(names))
	for _, name := range names {
		keys = append(keys, name, ownPrefix+strings.TrimPrefix(name, prefix))
	}
	reply, err := s.counters.Run(ctx, s.client, keys, s.defaults.Limit, s.defaults.WindowMS).Slice()
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
