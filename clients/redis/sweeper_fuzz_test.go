package redis_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// FuzzSweeperReplies is FuzzReplies for the sweeper: none is complete that the
// server has not said to be, and no counter in force that it has not counted.
func FuzzSweeperReplies(f *testing.F) {
	const (
		one = "*2\r\n$1\r\n0\r\n*1\r\n$11\r\nratelimit:a\r\n:1\r\n"
		own = "*2\r\n$1\r\n5\r\n$5\r\n10000\r\n"
	)
	seedTexts(
		f, 3,
		[2]string{saidPage + ":5\r\n", ":3\r\n:60000\r\n" + own + ":2\r\n+string\r\n+hash\r\n" + saidTime},
		[2]string{saidEndless, saidEndless + ":2\r\n:60000\r\n"},
		[2]string{saidPage + saidTime, ":2\r\n:-1\r\n:2\r\n:-1\r\n:2\r\n:-1\r\n" + own + own},
		[2]string{saidPage, ":-2\r\n:-3\r\n:-4\r\n"},
		[2]string{saidPage, ":2\r\n:9223372036854775807\r\n:2\r\n:9223372036854775807\r\n"},
		[2]string{saidPage, "+2\r\n$2\r\n-1\r\n*0\r\n"},
		[2]string{one, ":2\r\n:60000\r\n:0\r\n"},
		[2]string{one, ":-2\r\n:60000\r\n:0\r\n"},
		[2]string{one, ":2\r\n:-3\r\n:0\r\n"},
		[2]string{one, ":2\r\n:9223372036854775807\r\n:0\r\n"},
		[2]string{":5\r\n" + saidPage, ":99999999999\r\n"},
		[2]string{"*2\r\n:0\r\n~99999999999\r\n", "%99999999999\r\n"},
		[2]string{"", ""},
		[2]string{"-LOADING x\r\n", "-NOAUTH x\r\n"},
		[2]string{"*2\r\n$1\r\n0\r\n*1\r\n$-1\r\n", ":1\r\n"},
		[2]string{"*2\r\n$1\r\n0\r\n:0\r\n", ":1\r\n"},
		[2]string{"*2\r\n-ERR x\r\n*0\r\n", ":1\r\n"},
	)
	f.Fuzz(func(t *testing.T, kind byte, first, second []byte) {
		play(t, first, second, func(s *script, c *redis.Client) (check func()) {
			switch kind % 3 {
			case 0:
				return s.step(t, c, redis.SweeperOptions{}, []string{"b"})
			case 1:
				return s.step(t, c, redis.SweeperOptions{Untracked: true}, nil)
			default:
				return s.step(t, c, redis.SweeperOptions{Untracked: true, Chains: 2}, nil)
			}
		})
	})
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
	return func() { s.mustBeSweep(t, visited, progress.Complete, err) }
}

// mustBeSweep fails the test unless the server has said all that a part of a sweep
// is claimed to be.
func (s *script) mustBeSweep(t *testing.T, counters []redis.Counter, complete bool, err error) {
	t.Helper()
	if !failed(t, err) && complete {
		s.mustHaveSaid(t, "scan", "0", "")
	}
	for _, counter := range counters {
		s.mustBeSwept(t, counter)
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
