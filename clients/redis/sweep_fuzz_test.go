package redis_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// FuzzSweepReplies is FuzzReplies for the sweeps: none is complete that the
// server has not said to be, and no counter in force that it has not counted.
func FuzzSweepReplies(f *testing.F) {
	const (
		page    = "*2\r\n$1\r\n0\r\n*3\r\n$11\r\nratelimit:a\r\n$15\r\nratelimit:a:seq\r\n$17\r\nratelimit:limit:a\r\n"
		endless = "*2\r\n$1\r\n7\r\n*1\r\n$11\r\nratelimit:a\r\n"
		one     = "*2\r\n$1\r\n0\r\n*1\r\n$11\r\nratelimit:a\r\n:1\r\n"
		theTime = "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n"
		own     = "*2\r\n$1\r\n5\r\n$5\r\n10000\r\n"
	)
	for kind := range byte(3) {
		for _, texts := range [][2]string{
			{page + ":5\r\n", ":3\r\n:60000\r\n" + own + ":2\r\n+string\r\n+hash\r\n" + theTime},
			{endless, endless + ":2\r\n:60000\r\n"},
			{page + theTime, ":2\r\n:-1\r\n:2\r\n:-1\r\n:2\r\n:-1\r\n" + own + own},
			{page, ":-2\r\n:-3\r\n:-4\r\n"},
			{page, ":2\r\n:9223372036854775807\r\n:2\r\n:9223372036854775807\r\n"},
			{page, "+2\r\n$2\r\n-1\r\n*0\r\n"},
			{one, ":2\r\n:60000\r\n:0\r\n"},
			{one, ":-2\r\n:60000\r\n:0\r\n"},
			{one, ":2\r\n:-3\r\n:0\r\n"},
			{one, ":2\r\n:9223372036854775807\r\n:0\r\n"},
			{":5\r\n" + page, ":99999999999\r\n"},
			{"*2\r\n:0\r\n~99999999999\r\n", "%99999999999\r\n"},
			{"", ""},
			{"-LOADING x\r\n", "-NOAUTH x\r\n"},
			{"*2\r\n$1\r\n0\r\n*1\r\n$-1\r\n", ":1\r\n"},
			{"*2\r\n$1\r\n0\r\n:0\r\n", ":1\r\n"},
			{"*2\r\n-ERR x\r\n*0\r\n", ":1\r\n"},
		} {
			f.Add(kind, []byte(texts[0]), []byte(texts[1]))
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, first, second []byte) {
		play(t, first, second, func(s *script, c *redis.Client) (check func()) {
			if kind%3 == 0 {
				return s.sweep(t, c)
			}
			if kind%3 == 1 {
				return s.step(t, c, redis.SweeperOptions{Untracked: true}, nil)
			}
			return s.step(t, c, redis.SweeperOptions{}, []string{"b"})
		})
	})
}

func (s *script) sweep(t *testing.T, c *redis.Client) (check func()) {
	t.Helper()
	sweep, err := c.NewSweep(redis.SweepOptions{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := sweep.Next(t.Context(), redis.Budget{}, time.Minute)
	return func() {
		if !failed(t, err) && page.Complete {
			s.mustHaveSaid(t, "scan", "0", "")
		}
		for _, counter := range page.Counters {
			s.mustBeSwept(t, counter)
		}
	}
}

func (s *script) step(t *testing.T, c *redis.Client, opts redis.SweeperOptions, known []string) (check func()) {
	t.Helper()
	sweeper, err := c.NewSweeper(opts)
	if err != nil {
		t.Fatal(err)
	}
	var visited []redis.Counter
	progress, err := sweeper.Step(t.Context(), time.Minute, known, func(c redis.Counter) { visited = append(visited, c) })
	if err := sweeper.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if !failed(t, err) && progress.Complete {
			s.mustHaveSaid(t, "scan", "0", "")
		}
		for _, counter := range visited {
			s.mustBeSwept(t, counter)
		}
	}
}

// mustBeSwept is mustBeCounter for one that a sweep has found: how it was read
// is the sweep's business.
func (s *script) mustBeSwept(t *testing.T, c redis.Counter) {
	t.Helper()
	switch {
	case c.Err != nil:
		mustBeDeclared(t, c.Err)
	case c.Count < 0 && c.Count != redis.UnknownCount, c.InForce < 0, c.Expiry < 0:
		t.Fatalf("less than nothing: %+v", c)
	case c.Present:
		s.mustBeNumber(t, c.InForce, "zcount", "ratelimit:"+c.Key)
	}
}
