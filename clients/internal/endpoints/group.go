package endpoints

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// The defaults of [Options].
const (
	DefaultHedgeDelay = 250 * time.Millisecond
	DefaultTimeout    = 30 * time.Second
	DefaultMaxBody    = 16 << 20
	DefaultUserAgent  = "operator-ratelimiter"
)

// Options are those that clients of such services have in common; each documents
// them to its callers.
type Options struct {
	// Client names the options in errors ("rate limiter client options"), Field
	// the URLs among them ("BaseURLs"), and Example is a good one.
	Client, Field, Example string

	URLs       []string
	HTTPClient *http.Client
	TLS        *tls.Config
	HedgeDelay time.Duration
	Timeout    time.Duration
	MaxBody    int64
	UserAgent  string
}

// Group is the endpoints of one service. It is safe for concurrent use. Create
// it with [New].
type Group struct {
	endpoints []Endpoint
	preferred atomic.Int64 // index of the endpoint that last answered well
	lead      lead

	hedgeDelay time.Duration
	timeout    time.Duration
	maxBody    int64
	userAgent  string

	reads  *http.Client
	writes *http.Client
	own    []*http.Transport // those that Close may touch; none if injected
}

// New validates the options completely and contacts nothing. The error joins
// one Invalid [*failure.Error] per wrong field.
func New(options Options) (*Group, error) {
	g := &Group{
		hedgeDelay: orDefault(options.HedgeDelay, DefaultHedgeDelay),
		timeout:    orDefault(options.Timeout, DefaultTimeout),
		maxBody:    orDefault(options.MaxBody, DefaultMaxBody),
		userAgent:  orDefault(options.UserAgent, DefaultUserAgent),
	}
	endpoints, problems := options.parse()
	g.endpoints = endpoints
	if g.hedgeDelay < 0 {
		problems = append(problems, options.invalid("HedgeDelay", "negative: "+g.hedgeDelay.String()))
	}
	if g.timeout < 0 {
		problems = append(problems, options.invalid("Timeout", "negative: "+g.timeout.String()))
	}
	if g.maxBody < 0 {
		problems = append(problems, options.invalid("MaxBody", "negative"))
	}
	if strings.ContainsFunc(g.userAgent, func(r rune) bool { return r < ' ' || r > '~' }) {
		problems = append(problems, options.invalid("UserAgent", "not printable ASCII: "+failure.Quote(g.userAgent)))
	}
	if options.HTTPClient != nil && options.TLS != nil {
		problems = append(problems, options.invalid("TLS", "without effect beside HTTPClient, whose transport has its own"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	g.connect(options)
	return g, nil
}

// connect sets up how requests are sent. By default a write has a connection of
// its own: one that the server has just closed would leave it in doubt.
func (g *Group) connect(options Options) {
	if options.HTTPClient != nil {
		g.reads = httpapi.WithoutRedirects(options.HTTPClient)
		g.writes = g.reads
		return
	}
	reads, writes := newTransport(options.TLS), newTransport(options.TLS)
	writes.DisableKeepAlives = true
	g.own = []*http.Transport{reads, writes}
	g.reads = httpapi.WithoutRedirects(&http.Client{Transport: reads})
	g.writes = httpapi.WithoutRedirects(&http.Client{Transport: writes})
}

// Close closes the connections that no call is using, and gives up those still
// being made for calls that have ended. Call it when no call is in flight; an
// injected HTTPClient is left alone.
func (g *Group) Close() {
	for _, t := range g.own {
		t.CloseIdleConnections()
	}
}

// Configured returns the endpoint that was configured as raw.
func (g *Group) Configured(raw string) (Endpoint, bool) {
	for _, e := range g.endpoints {
		if e.raw == raw {
			return e, true
		}
	}
	return Endpoint{}, false
}

// bounded applies the group's own bound to a call.
func (g *Group) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, g.timeout)
}

// order returns the endpoints as they are to be tried: the leader where there
// is one, the preferred one, then the others in turn.
func (g *Group) order() []Endpoint {
	first := int(g.preferred.Load())
	order := make([]Endpoint, 0, len(g.endpoints)+1)
	leader := g.lead.current.Load()
	if leader != nil {
		order = append(order, *leader)
	}
	for i := range g.endpoints {
		if e := g.endpoints[(first+i)%len(g.endpoints)]; leader == nil || e.index != leader.index {
			order = append(order, e)
		}
	}
	return order
}

// answered notes who gave a good answer to a call that was tried in this order.
func (g *Group) answered(order []Endpoint, by Endpoint) {
	if by.index >= 0 {
		g.preferred.Store(int64(by.index))
	}
	if by.host != order[0].host {
		g.lead.setAside(order[0])
	}
}

func (o Options) parse() (endpoints []Endpoint, problems []error) {
	if len(o.URLs) == 0 {
		problems = append(problems, o.invalid(o.Field, "empty: want at least one, such as "+o.Example))
	}
	for i, raw := range o.URLs {
		e, problem := Parse(raw)
		if problem != "" {
			problems = append(problems, o.invalid(fmt.Sprintf("%s[%d]", o.Field, i), problem))
		}
		e.index = i
		endpoints = append(endpoints, e)
	}
	return endpoints, problems
}

func (o Options) invalid(field, problem string) error {
	return &failure.Error{Op: o.Client, Class: failure.Invalid, Detail: field + ": " + problem}
}

func orDefault[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}
