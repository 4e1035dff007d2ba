package pd

import (
	"crypto/tls"
	"net/http"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// The defaults of [Options].
const (
	DefaultHedgeDelay = endpoints.DefaultHedgeDelay
	DefaultTimeout    = endpoints.DefaultTimeout
	DefaultMaxBody    = endpoints.DefaultMaxBody // 16 MiB
)

// apiPath is where PD's API begins.
const apiPath = "/pd/api/v1"

// Options says which PD to talk to, and how. Only Endpoints is required.
type Options struct {
	// Endpoints are the client URLs of members of one PD, in order of preference
	// until one has answered: http or https, a host, optionally a port, a path
	// prefix and a user with password, which is sent as Basic auth and never
	// shown. A trailing /pd/api/v1 makes no difference.
	Endpoints []string

	// HTTPClient sends the requests in place of the client's own. It is copied,
	// and the copy follows no redirect. Its transport must not send a request
	// again by itself, and must support net/http/httptrace, as [http.Transport]
	// does: without it a failed write always counts as sent. It is taken to
	// configured endpoints only, since its transport may add credentials.
	HTTPClient *http.Client

	// TLS is used for https endpoints; nil trusts the system's authorities. It
	// is copied, and excludes HTTPClient.
	TLS *tls.Config

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
}

// Client talks to one PD through one or more of its members. It is safe for
// concurrent use. Create it with [New].
type Client struct {
	group *endpoints.Group
}

// New validates the options completely and contacts nothing. The error joins
// one Invalid [*failure.Error] per wrong field.
func New(options Options) (*Client, error) {
	urls := make([]string, len(options.Endpoints))
	for i, raw := range options.Endpoints {
		urls[i] = withoutAPI(raw)
	}
	group, err := endpoints.New(endpoints.Options{
		Client:     "PD client options",
		Field:      "Endpoints",
		Example:    "http://127.0.0.1:2379",
		URLs:       urls,
		HTTPClient: options.HTTPClient,
		TLS:        options.TLS,
		HedgeDelay: options.HedgeDelay,
		Timeout:    options.Timeout,
		MaxBody:    options.MaxBody,
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

// ValidateEndpoint reports what is wrong with one element of
// [Options.Endpoints], without showing credentials in it; nil means that [New]
// accepts it.
func ValidateEndpoint(raw string) error {
	if _, problem := endpoints.Parse(withoutAPI(raw)); problem != "" {
		return &failure.Error{Op: "PD endpoint", Class: failure.Invalid, Detail: problem}
	}
	return nil
}

func withoutAPI(raw string) string {
	return strings.TrimSuffix(strings.TrimRight(raw, "/"), apiPath)
}
