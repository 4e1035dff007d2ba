package window_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// Two nodes share a counter, and the clock of one is wrong.
func TestAWrongClock(t *testing.T) {
	cases := map[string]struct {
		reason string
		offset time.Duration
		// What the right and the wrong node list, of one request each, the right
		// one's first; and how far from now the wrong one's is in Redis.
		right, wrong int64
		left         int64 // in the set
	}{
		"Right":   {"Without an offset they agree.", 0, 2, 2, 2},
		"Ahead":   {"It takes the other's request for older than it is, and removes it.", 90 * time.Second, 1, 1, 1},
		"Behind":  {"Its own request is too old for the other.", -90 * time.Second, 1, 2, 2},
		"ABit":    {"Within the window nobody notices.", 30 * time.Second, 2, 2, 2},
		"ABitOff": {"Either way.", -30 * time.Second, 2, 2, 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			right, r := open(t)
			wrong := window.NewSkewed(r.Client, defaults, tc.offset)
			check(t, right, "k", defaults)
			check(t, wrong, "k", defaults)
			for who, s := range map[*int64]*window.Store{&tc.right: right, &tc.wrong: wrong} {
				listed, err := s.Counters(t.Context())
				if err != nil || len(listed) != 1 || listed[0].Count != *who {
					t.Errorf("%s\nlisted %v, %v; want %d", tc.reason, listed, err, *who)
				}
			}
			all := r.Client.ZRangeWithScores(t.Context(), "ratelimit:k", 0, -1).Val()
			if int64(len(all)) != tc.left {
				t.Errorf("%s\n%d are left, want %d", tc.reason, len(all), tc.left)
			}
			apart := time.Duration(int64(all[len(all)-1].Score)-now(t, r)) * time.Millisecond
			if tc.offset < 0 {
				apart = time.Duration(int64(all[0].Score)-now(t, r)) * time.Millisecond
			}
			if off := (apart - tc.offset).Abs(); off > 10*time.Second {
				t.Errorf("%s\nits request is %s from now, want %s", tc.reason, apart, tc.offset)
			}
		})
	}
}
