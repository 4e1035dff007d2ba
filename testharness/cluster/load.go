package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// LoadOptions say how a cluster is kept busy. The zero value is a healthy load:
// 20 keys, each at half of the default limit.
type LoadOptions struct {
	// Rate is how many checks are made per second, over all nodes; 0 is what
	// brings each key to half of the default limit.
	Rate float64
	// Keys are checked in turn; nil makes as many as the rate needs for each to
	// stay at half of the default limit.
	Keys []string
	// Workers is how many checks may be under way at each node; 0 is 4.
	Workers int
}

// Stats are what a load has done so far.
type Stats struct {
	// Allowed and Blocked checks were answered.
	Allowed, Blocked uint64
	// Failed checks got no answer, or another one than a decision.
	Failed uint64
	// Skipped checks were due while the workers of their node were far behind.
	Skipped uint64
}

// Sent is how many checks were sent.
func (s Stats) Sent() uint64 { return s.Allowed + s.Blocked + s.Failed }

// Load is a running load. It is safe for concurrent use.
type Load struct {
	keys   []string
	client *http.Client
	cancel context.CancelFunc
	all    sync.WaitGroup

	next                              atomic.Uint64
	allowed, blocked, failed, skipped atomic.Uint64
}

// Bounds of a load.
const (
	defaultKeys    = 20
	maxLoadKeys    = 10_000
	defaultWorkers = 4
	backlog        = 64 // checks that may wait for a worker
	checkTimeout   = 2 * time.Second
)

// Load keeps the cluster busy until ctx is done, Stop is called, or the cluster
// is closed. Each node gets an equal share of the rate from workers of its own,
// so that a node that hangs holds up nobody else's share.
func (c *Cluster) Load(ctx context.Context, o LoadOptions) (*Load, error) {
	o, err := c.completeLoad(o)
	if err != nil {
		return nil, fmt.Errorf("start the load: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.New("start the load: the cluster is closed")
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Load{keys: o.Keys, cancel: cancel, client: &http.Client{
		Timeout:   checkTimeout,
		Transport: &http.Transport{MaxIdleConnsPerHost: o.Workers, MaxConnsPerHost: o.Workers},
	}}
	for _, url := range c.ManagementURLs() {
		work := make(chan struct{}, backlog)
		l.all.Go(func() { l.pace(ctx, o.Rate/float64(len(c.nodes)), work) })
		for range o.Workers {
			l.all.Go(func() {
				for range work {
					l.check(ctx, url+"/check")
				}
			})
		}
	}
	c.loads = append(c.loads, l)
	return l, nil
}

// completeLoad fills in what keeps every key at half of its limit.
func (c *Cluster) completeLoad(o LoadOptions) (LoadOptions, error) {
	perKey := float64(c.options.DefaultLimit) / c.options.DefaultWindow.Seconds() / 2
	if o.Workers == 0 {
		o.Workers = defaultWorkers
	}
	if o.Keys == nil {
		n := defaultKeys
		if o.Rate > 0 {
			n = int(math.Ceil(math.Min(o.Rate/perKey, maxLoadKeys+1)))
		}
		if n > maxLoadKeys {
			return o, fmt.Errorf("a rate of %g needs more than %d keys to keep each below the limit: name the keys, or raise the limit", o.Rate, maxLoadKeys)
		}
		for i := range n {
			o.Keys = append(o.Keys, "user:"+strconv.Itoa(i+1))
		}
	}
	if o.Rate == 0 {
		o.Rate = perKey * float64(len(o.Keys))
	}
	if o.Rate < 0 || len(o.Keys) == 0 || o.Workers < 0 {
		return o, errors.New("want a rate and workers of more than 0, and keys")
	}
	return o, nil
}

// Stop ends the load, waits for its checks, and returns what it did.
func (l *Load) Stop() Stats {
	l.cancel()
	l.all.Wait()
	l.client.CloseIdleConnections()
	return l.Stats()
}

// Stats returns what the load has done so far.
func (l *Load) Stats() Stats {
	return Stats{Allowed: l.allowed.Load(), Blocked: l.blocked.Load(), Failed: l.failed.Load(), Skipped: l.skipped.Load()}
}

// pace hands out the checks of one node as they fall due.
func (l *Load) pace(ctx context.Context, rate float64, work chan<- struct{}) {
	defer close(work)
	const resolution = 5 * time.Millisecond
	tick := time.NewTicker(resolution)
	defer tick.Stop()
	begin := time.Now()
	for issued := 0.0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for due := math.Floor(time.Since(begin).Seconds() * rate); issued < due; issued++ {
			select {
			case work <- struct{}{}:
			default:
				l.skipped.Add(1)
			}
		}
	}
}

func (l *Load) check(ctx context.Context, url string) {
	key := l.keys[(l.next.Add(1)-1)%uint64(len(l.keys))]
	status, err := l.post(ctx, url, key)
	switch {
	case ctx.Err() != nil: // the load was stopped: its last checks say nothing
	case err == nil && status == http.StatusOK:
		l.allowed.Add(1)
	case err == nil && status == http.StatusTooManyRequests:
		l.blocked.Add(1)
	default:
		l.failed.Add(1)
	}
}

func (l *Load) post(ctx context.Context, url, key string) (status int, err error) {
	body, err := json.Marshal(map[string]string{"key": key})
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := l.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is kept
	return resp.StatusCode, err
}
