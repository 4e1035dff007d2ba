package prometheus

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// Client asks one Prometheus server. It is safe for concurrent use.
type Client struct {
	endpoint *url.URL
	http     *http.Client
	release  func()

	timeout    time.Duration
	maxBody    int64
	rateWindow time.Duration
	labels     LabelNames
	metrics    MetricNames
	match      []Matcher
}

// New returns a client for the server at options.URL. It validates the options
// completely and contacts nothing, though it reads the certificate files that
// HTTPClientConfig names. The error is of class [failure.Invalid] and names
// every wrong field. Call Close when the client is no longer needed.
func New(options Options) (*Client, error) {
	o := options.withDefaults()
	invalid := func(detail string, err error) error {
		return &failure.Error{Op: "configure the Prometheus client", Class: failure.Invalid, Detail: detail, Err: err}
	}
	if wrong := o.problems(); len(wrong) > 0 {
		return nil, invalid(strings.Join(wrong, "; "), nil)
	}
	to, err := endpoint(o.URL)
	if err != nil {
		return nil, invalid("URL: "+err.Error(), err)
	}
	rt, release, err := newTransport(o)
	if err != nil {
		return nil, invalid("HTTPClientConfig: "+failure.Line(err.Error()), err)
	}
	c := &Client{
		endpoint:   to,
		http:       httpapi.WithoutRedirects(&http.Client{Transport: rt}),
		release:    release,
		timeout:    o.Timeout,
		maxBody:    o.MaxBody,
		rateWindow: o.RateWindow,
		labels:     o.Labels,
		metrics:    o.Metrics,
	}
	for _, label := range slices.Sorted(maps.Keys(o.Match)) {
		c.match = append(c.match, Equal(label, o.Match[label]))
	}
	return c, nil
}

// Close releases the idle connections and ends what outlived its caller. It may
// be called more than once. Calls still running end in their own time, and no
// new ones must be made.
func (c *Client) Close() { c.release() }

// selector renders the series of metric that the options and matchers permit.
func (c *Client) selector(metric string, matchers ...Matcher) string {
	return Selector(metric, slices.Concat(c.match, matchers)...)
}

// fail describes an answer that is not the one wanted.
func (c *Client) fail(class failure.Class, status int, detail string) *failure.Error {
	return httpapi.Fail(&http.Request{Method: http.MethodPost, URL: c.endpoint}, class, status, detail)
}

// invalid describes a request that was not sent.
func (c *Client) invalid(detail string) error {
	e := c.fail(failure.Invalid, 0, detail)
	e.Sent = false
	return e
}

// malformed describes an answer to promql that is not of the shape asked for.
func (c *Client) malformed(promql, detail string) error {
	return c.fail(failure.Malformed, 0, detail+", for the query "+failure.Quote(promql))
}
