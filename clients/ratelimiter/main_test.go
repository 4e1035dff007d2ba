package ratelimiter_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anAnswer is a good answer to Limits.
const anAnswer = `{"default_limit":10,"default_window_ms":60000}`

// forever is a hedge delay that never ends within a test.
const forever = time.Hour

func newClient(t *testing.T, options ratelimiter.Options) *ratelimiter.Client {
	t.Helper()
	c, err := ratelimiter.New(options)
	if err != nil {
		t.Fatalf("New(): %v", err)
	}
	t.Cleanup(c.Close)
	return c
}
