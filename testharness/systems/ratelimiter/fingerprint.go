package ratelimiter

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// history is what fingerprints remember of each key, so that a loss between two
// of them can be told.
type history struct {
	mu   sync.Mutex
	keys map[string]remembered
}

// remembered is the newest request of a key when it was last looked at, and how
// often requests were found lost.
type remembered struct {
	newest string
	leaves time.Time
	losses int
}

// maxHistory bounds the keys that are remembered.
const maxHistory = 100_000

// margin is how long before it leaves its window a request is no longer missed:
// between two questions some time passes.
const margin = 250 * time.Millisecond

// Fingerprint implements [stack.Stack]. Entities are keys. Of each it has the
// limit that it has of its own, and how often requests that were still in force
// were found to be lost since an earlier fingerprint of this stack, as a reset
// loses them. A key without either is not in it.
//
// So checks make no difference: they add requests, and requests go when they
// have left the window, but the newest one of a key that was there a moment ago
// is there for as long as the window lasts, unless somebody has removed it.
func (s *Stack) Fingerprint(ctx context.Context) (map[string]string, error) {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	shot, err := s.take(ctx)
	if err != nil {
		return nil, fmt.Errorf("take a fingerprint: %w", err)
	}
	if err := s.missing(ctx, shot); err != nil {
		return nil, fmt.Errorf("take a fingerprint: %w", err)
	}
	prints := map[string]string{}
	for key, known := range s.history.keys {
		if known.losses > 0 {
			prints[key] = fmt.Sprintf("requests lost %d times", known.losses)
		}
	}
	for key, rule := range shot.limits {
		text := fmt.Sprintf("limit %d in %s", rule.limit, rule.window)
		if losses := prints[key]; losses != "" {
			text += "; " + losses
		}
		prints[key] = text
	}
	return prints, nil
}

// missing brings the history up to date. The caller holds its lock.
func (s *Stack) missing(ctx context.Context, shot snapshot) error {
	now, err := s.redis.Admin().Time(ctx).Result()
	if err != nil {
		return err
	}
	pipe := s.redis.Admin().Pipeline()
	type question struct {
		key string
		ask interface{ Err() error }
	}
	var asked []question
	for key, known := range s.history.keys {
		if known.newest != "" && known.newest != shot.counters[key].newest && now.Before(known.leaves.Add(-margin)) {
			asked = append(asked, question{key, pipe.ZScore(ctx, counterPrefix+key, known.newest)})
		}
	}
	if err := exec(ctx, pipe); err != nil {
		return err
	}
	if s.history.keys == nil {
		s.history.keys = map[string]remembered{}
	}
	for _, q := range asked {
		if q.ask.Err() != nil { // there is no such member
			known := s.history.keys[q.key]
			known.losses++
			known.newest = ""
			s.history.keys[q.key] = known
		}
	}
	for key, c := range shot.counters {
		known, ok := s.history.keys[key]
		if !ok && len(s.history.keys) >= maxHistory {
			continue
		}
		known.newest, known.leaves = c.newest, c.leaves
		s.history.keys[key] = known
	}
	return nil
}
