package ratelimiter

import (
	"net/http"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// The defaults of [Options].
const (
	DefaultHedgeDelay = endpoints.DefaultHedgeDelay
	DefaultTimeout    = endpoints.DefaultTimeout
	DefaultMaxBody    = endpoints.DefaultMaxBody // 16 MiB
	DefaultUserAgent  = endpoints.DefaultUserAgent
)

// Options says which limiter to talk to, and how. Only BaseURLs is required.
type Options struct {
	// BaseURLs are the management endpoints, in order of preference until one
	// has answered: http or https, a host, optionally a port, a path prefix and
	// a user with password, which is sent as Basic auth and never shown.
	BaseURLs []string

	// HTTPClient sends the requests in place of the client's own. It is copied,
	// and the copy follows no redirect. Its transport must not send a request
	// again by itself, and must support net/http/httptrace, as [http.Transport]
	// does: without it a failed write always counts as sent.
	HTTPClient *http.Client

	// HedgeDelay is how long a read waits for an endpoint before the next is
	// asked as well. Where the context's deadline is near it is shortened, so
	// that every endpoint is asked within the first half of the time left.
	// 0 means [DefaultHedgeDelay].
	HedgeDelay time.Duration

	// Timeout bounds every call, whatever its context allows.
	// 0 means [DefaultTimeout].
	Timeout time.Duration

	// MaxBody is the size of the largest answer that is read, in bytes.
	// 0 means [DefaultMaxBody].
	MaxBody int64

	// UserAgent names the caller to the service, in printable ASCII.
	// Empty means [DefaultUserAgent].
	UserAgent string
}

// Client talks to one rate limiter through one or more of its nodes. It is safe
// for concurrent use. Create it with [New].
type Client struct {
	group *endpoints.Group
}

// New validates the options completely and contacts nothing. The error joins
// one Invalid [*failure.Error] per wrong field.
func New(options Options) (*Client, error) {
	group, err := endpoints.New(endpoints.Options{
		Client:     "rate limiter client options",
		Field:      "BaseURLs",
		Example:    "http://127.0.0.1:8080",
		URLs:       options.BaseURLs,
		HTTPClient: options.HTTPClient,
		HedgeDelay: options.HedgeDelay,
		Timeout:    options.Timeout,
		MaxBody:    options.MaxBody,
		UserAgent:  options.UserAgent,
	})
	if err != nil {
		return nil, err
	}
	return &Client{group: group}, nil
}

// Close closes the connections that no call is using, and gives up those still
// being made for calls that have ended. Call it when no call is in flight; an
// injected HTTPClient is left alone.
func (c *Client) Close() { c.group.Close() }
