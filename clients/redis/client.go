package redis

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// closeBound is how long Close waits for calls to end. They end at once when
// their connections are closed; only an injected Dialer or client can hold one.
const closeBound = 2 * time.Second

// Client reads a rate limiter's state in Redis. It is safe for concurrent use.
type Client struct {
	rdb     goredis.UniversalClient
	cluster *goredis.ClusterClient // rdb, if it is one
	owned   bool                   // rdb was made here and is closed here

	connect       connector // of an owned rdb
	demandsMaster bool      // each connection must lead to a master

	keys    keyspace
	target  string // what errors call the server
	secrets secrets
	timeout time.Duration
	clock   clock

	life context.Context // ends with Close, and every call with it
	end  context.CancelFunc

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

// New returns a client for the Redis that the options describe. It contacts
// nothing. The error, of class Invalid, names every option that is wrong.
func New(opts Options) (*Client, error) {
	s, err := opts.settle()
	if err != nil {
		return nil, err
	}
	rdb, target, connect := open(s)
	c := newClient(rdb, s.Prefix, s.Timeout)
	c.connect, c.demandsMaster = connect, s.MasterName != ""
	c.owned, c.target, c.secrets = true, target, s.secrets()
	return c, nil
}

// NewFrom returns a client that reads through rdb, a *redis.Client or a
// *redis.ClusterClient of go-redis. Of the options only Prefix and Timeout may
// be set. rdb stays the caller's: Close does not close it.
//
// Calls return in time with any client. One without ContextTimeoutEnabled goes
// on in the background until its own timeouts end it.
func NewFrom(rdb goredis.UniversalClient, opts Options) (*Client, error) {
	const op = "use a go-redis client"
	only := Options{Prefix: opts.Prefix, Timeout: opts.Timeout}
	if !reflect.DeepEqual(opts, only) {
		return nil, invalid(op, "only Prefix and Timeout can be set for a client that exists")
	}
	if opts.Timeout < 0 {
		return nil, invalid(op, "Timeout: must not be negative")
	}
	s := settings{Options: only}
	s.fill()
	c := newClient(rdb, s.Prefix, s.Timeout)
	switch rdb := rdb.(type) {
	case *goredis.Client:
		c.target, c.secrets = rdb.Options().Addr, settings{Options: Options{Password: rdb.Options().Password}}.secrets()
	case *goredis.ClusterClient:
		c.target, c.secrets = "Cluster", settings{Options: Options{Password: rdb.Options().Password}}.secrets()
	default:
		return nil, invalid(op, fmt.Sprintf("want a *redis.Client or a *redis.ClusterClient, got %T", rdb))
	}
	return c, nil
}

func newClient(rdb goredis.UniversalClient, prefix string, timeout time.Duration) *Client {
	c := &Client{rdb: rdb, keys: keyspace(prefix), timeout: timeout}
	c.cluster, _ = rdb.(*goredis.ClusterClient)
	c.life, c.end = context.WithCancel(context.Background())
	return c
}

// Close ends all calls, closes the connections and waits for both, for two
// seconds at most. Closing twice does nothing.
func (c *Client) Close() error {
	c.mu.Lock()
	again := c.closed
	c.closed = true
	c.mu.Unlock()
	if again {
		return nil
	}

	c.end()
	if c.owned {
		_ = c.rdb.Close() // what closing a socket can fail with is of no use to anyone
	}
	ended := make(chan struct{})
	go func() {
		c.calls.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(closeBound):
		return &failure.Error{
			Op: "close the client", Target: c.target, Class: failure.Timeout,
			Detail: "calls are still held by the injected Dialer or go-redis client",
		}
	}
}

// Ping asks whether Redis answers, in a Cluster whether every master does.
func (c *Client) Ping(ctx context.Context) error {
	const op = "PING"
	if c.cluster == nil {
		return c.call(ctx, op, c.target, func(ctx context.Context) error { return c.rdb.Ping(ctx).Err() })
	}
	masters, err := c.masters(ctx)
	if err != nil {
		return err
	}
	errs := make([]error, len(masters))
	var pinging sync.WaitGroup
	for i, m := range masters {
		pinging.Go(func() {
			errs[i] = c.call(ctx, op, m.addr, func(ctx context.Context) error { return m.rdb.Ping(ctx).Err() })
		})
	}
	pinging.Wait()
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}
