package redis_test

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// FuzzReplies answers every call with any bytes. No call waits, and none takes
// for an answer what the server has not said.
func FuzzReplies(f *testing.F) {
	const (
		counter  = ":3\r\n:60000\r\n*2\r\n$-1\r\n$-1\r\n:2\r\n"
		owned    = ":3\r\n:-1\r\n*2\r\n$1\r\n5\r\n$5\r\n10000\r\n:2\r\n"
		sequence = "+string\r\n"
	)
	seedTexts(
		f, 4,
		[2]string{"+PONG\r\n", ""},
		[2]string{":7\r\n", ":7\r\n"},
		[2]string{":-7\r\n", ""},
		[2]string{counter + owned + saidTime, ":1\r\n" + saidTime},
		[2]string{owned + counter, owned},
		[2]string{saidPage + ":5\r\n", "+zset\r\n" + sequence + "+hash\r\n" + counter + saidTime},
		[2]string{saidEndless, saidEndless + "+zset\r\n"},
		[2]string{"", ""},
		[2]string{"-LOADING x\r\n", "-NOAUTH s3cret\r\n"},
		[2]string{"$-1\r\n", "*-1\r\n"},
		[2]string{"$5\r\nab", "*2\r\n:1"},
		[2]string{"*2\r\n-ERR x\r\n:9\r\n:9\r\n", ":9223372036854775807\r\n:9223372036854775807\r\n*2\r\n$1\r\n+\r\n$1\r\n1\r\n:+9\r\n"},
		[2]string{"%1\r\n+a\r\n+b\r\n", "|1\r\n+a\r\n+b\r\n:5\r\n"},
		[2]string{"#t\r\n,1.5\r\n(99\r\n_\r\n", ">2\r\n+a\r\n:1\r\n=5\r\ntxt:a\r\n"},
		[2]string{"*100000\r\n", "$100000\r\n"},
		[2]string{":0\r\n:-2\r\n*2\r\n$-1\r\n$-1\r\n:0\r\n", ":3\r\n:-3\r\n*2\r\n$1\r\n1\r\n$-1\r\n:-1\r\n"},
	)
	f.Fuzz(func(t *testing.T, call byte, first, second []byte) {
		play(t, first, second, func(s *script, c *redis.Client) (check func()) { return s.ask(t, c, call%4) })
	})
}

// ask makes one of the calls. What it returns holds the answer against what was
// said, once nothing more is.
func (s *script) ask(t *testing.T, c *redis.Client, call byte) (check func()) {
	t.Helper()
	ctx := t.Context()
	failed := func(err error) bool { return failed(t, err) }
	switch call {
	case 0:
		err := c.Ping(ctx)
		return func() {
			if r, found, _ := s.last("ping", ""); !failed(err) && (!found || r.kind == '-' || r.none) {
				t.Fatalf("a ping was answered by %+v", r)
			}
		}
	case 1:
		value, present, err := c.CounterValue(ctx, "a")
		return func() {
			if failed(err) {
				return
			}
			if present != (value > 0) {
				t.Fatalf("%d, %t", value, present)
			}
			s.mustBeNumber(t, value, "zcard", "ratelimit:a")
		}
	case 2:
		counters, err := c.Counters(ctx, []string{"a", "b"}, time.Minute)
		return func() {
			if failed(err); len(counters) != 2 {
				t.Fatalf("%d counters of 2", len(counters))
			}
			for _, counter := range counters {
				s.mustBeCounter(t, counter)
			}
		}
	default:
		var keys []string
		var err error
		for key, e := range c.CounterKeys(ctx) {
			if err = e; err != nil {
				break
			}
			keys = append(keys, key)
		}
		return func() {
			failed(err)
			for _, key := range keys {
				s.mustHaveSaid(t, "type", "ratelimit:"+key, "zset")
			}
		}
	}
}
