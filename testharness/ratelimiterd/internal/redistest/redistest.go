// Package redistest gives a test of the node a Redis of its own: a real
// redis-server, which the test may also kill and hang.
package redistest

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// Redis is a redis-server for one test.
type Redis struct {
	*process.Process
	// URL is redis://host:port/0.
	URL string
	// Client looks at it from outside the code under test.
	Client *redis.Client
}

// New starts a Redis, which ends with the test. Without a redis-server the test
// fails.
func New(t *testing.T, args ...string) *Redis {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	p, address, err := servers.StartRedis(ctx, t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	r := &Redis{Process: p, URL: "redis://" + address + "/0"}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	r.Client = Client(t, r.URL, 5*time.Second)
	return r
}

// Client opens a client that is closed with the test.
func Client(t *testing.T, url string, timeout time.Duration) *redis.Client {
	t.Helper()
	client, err := redisurl.Open(url, timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}
