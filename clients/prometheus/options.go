package prometheus

import (
	"net/http"
	"time"

	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// The defaults of [Options].
const (
	DefaultTimeout    = 10 * time.Second
	DefaultMaxBody    = 8 << 20
	DefaultRateWindow = time.Minute
)

// Options configures a [Client]. Only URL is required; the zero value of every
// other field means its default.
type Options struct {
	// URL is where the server is found: http or https, a host, and the path
	// prefix it serves under if it has one ("https://metrics.example.com/prom").
	// "/api/v1/query" is appended. Credentials, a query and a fragment do not
	// belong in it.
	URL string
	// HTTPClientConfig holds authentication, TLS, proxy and headers, as in
	// Prometheus's own configuration files. Redirects are never followed,
	// whatever FollowRedirects says. Files it names are read again when they
	// change.
	HTTPClientConfig promconfig.HTTPClientConfig
	// Transport sends the requests instead of one made from HTTPClientConfig,
	// which must then hold no settings that would be lost. It stays the
	// caller's: Close does not touch it.
	Transport http.RoundTripper
	// Timeout bounds every call, beside the context's deadline.
	Timeout time.Duration
	// MaxBody is the number of bytes of an answer that are read at most.
	MaxBody int64
	// Labels names the labels of the rate limiter's metrics.
	Labels LabelNames
	// Metrics names the rate limiter's metrics.
	Metrics MetricNames
	// Match holds further labels that every series must carry with exactly that
	// value, such as {"job": "ratelimiter-eu"} on a server that scrapes several
	// clusters. It narrows the questions about a rate limiter, not Query, Vector
	// and Value.
	Match map[string]string
	// RateWindow is the range over which latencies are taken, at least a
	// millisecond. Shorter than two scrape intervals it sees nothing.
	RateWindow time.Duration
}

// LabelNames names the labels that tell the rate limiter's series apart.
type LabelNames struct {
	Node     string // default "node_id"; the limiter's own name of a node
	Key      string // default "key"; the rate limited key
	Instance string // default "instance"; the address Prometheus scraped
	Result   string // default "result"; "allowed" or "blocked"
}

// MetricNames names the rate limiter's metrics.
type MetricNames struct {
	// CheckDuration is a classic histogram in seconds, without the suffix
	// _bucket; default "ratelimiter_check_duration_seconds".
	CheckDuration string
	// RequestsChecked is a counter by result; default
	// "ratelimiter_requests_checked_total".
	RequestsChecked string
}

// withDefaults fills in what the caller left zero.
func (o Options) withDefaults() Options {
	fill(&o.Timeout, DefaultTimeout)
	fill(&o.MaxBody, DefaultMaxBody)
	fill(&o.RateWindow, DefaultRateWindow)
	fill(&o.Labels.Node, "node_id")
	fill(&o.Labels.Key, "key")
	fill(&o.Labels.Instance, model.InstanceLabel)
	fill(&o.Labels.Result, "result")
	fill(&o.Metrics.CheckDuration, "ratelimiter_check_duration_seconds")
	fill(&o.Metrics.RequestsChecked, "ratelimiter_requests_checked_total")
	return o
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
