package api

import (
	"context"
	"net/http"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/metrics"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/registry"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// MaxKey is the length in bytes of the longest key.
const MaxKey = 1 << 20

// MaxHeaderBytes is what the server must allow for a request's head, for a key
// of [MaxKey] is three times as long when it is percent-encoded.
const MaxHeaderBytes = 8 << 20

// Config is what the interface stands on. All of it is required.
type Config struct {
	NodeID  string
	Store   *window.Store
	Nodes   func(context.Context) ([]registry.Entry, error)
	Metrics *metrics.Metrics
	// RedisTimeout bounds what one request may spend on Redis in all.
	RedisTimeout time.Duration
	// FailOpen allows requests while Redis does not answer, uncounted.
	FailOpen bool
}

// New returns the interface as a handler, which is safe for concurrent use.
func New(c Config) http.Handler { return newRouter(&api{c}) }

type api struct{ Config }

// redis bounds what follows in a handler.
func (a *api) redis(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), a.RedisTimeout)
}

func (a *api) health(w http.ResponseWriter, _ *http.Request, _ string) {
	answer(w, http.StatusOK, struct {
		Status string `json:"status"`
		NodeID string `json:"node_id"`
	}{"healthy", a.NodeID})
}

func (a *api) metrics(w http.ResponseWriter, r *http.Request, _ string) {
	a.Metrics.Handler().ServeHTTP(w, r)
}
