package redis

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// defaultPage is the COUNT of a SCAN: about how many keys the server looks at
// for one page, a fraction of a millisecond of its time.
const defaultPage = 250

// master is one server that holds keys of its own.
type master struct {
	addr string
	rdb  *goredis.Client
}

// masters lists the servers to scan, ordered by address: the one server, or the
// masters that a Cluster names now.
func (c *Client) masters(ctx context.Context) ([]master, error) {
	if c.cluster == nil {
		rdb, _ := c.rdb.(*goredis.Client)
		return []master{{addr: c.target, rdb: rdb}}, nil
	}
	const op = "CLUSTER SLOTS"
	all, err := ask(ctx, c, op, func(ctx context.Context) (all []master, err error) {
		var mu sync.Mutex
		err = c.cluster.ForEachMaster(ctx, func(_ context.Context, rdb *goredis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, master{addr: rdb.Options().Addr, rdb: rdb})
			return nil
		})
		return all, err
	})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, &failure.Error{
			Op: op, Target: c.target, Class: failure.ClusterDown, Sent: true, Detail: "no master serves any slot",
		}
	}
	slices.SortFunc(all, func(a, b master) int { return cmp.Compare(a.addr, b.addr) })
	return all, nil
}

// scan is one page of a SCAN of one master.
type scan struct {
	client *Client
	from   master
	cursor uint64

	page *goredis.ScanCmd
}

func (s *scan) queue(ctx context.Context, pipe goredis.Pipeliner) {
	s.page = pipe.Scan(ctx, s.cursor, s.client.keys.pattern(), defaultPage)
}

// run does the scan in a round trip of its own.
func (s *scan) run(ctx context.Context) error {
	pipe := s.from.rdb.Pipeline()
	s.queue(ctx, pipe)
	return s.client.exec(ctx, s.op(), s.from.addr, pipe)
}

func (s *scan) op() string { return "SCAN MATCH " + failure.Quote(s.client.keys.pattern()) }

// settle takes the answer: user keys, and the cursor to go on at, 0 at the end.
func (s *scan) settle() (keys []string, next uint64, err error) {
	names, next, err := s.page.Result()
	if err != nil {
		return nil, 0, s.client.fail(s.op(), s.from.addr, err)
	}
	keys = make([]string, 0, len(names))
	for _, name := range names {
		if key, ok := s.client.keys.user(name); ok {
			keys = append(keys, key)
		}
	}
	return keys, next, nil
}

// CounterKeys yields the user key of every counter, by SCAN, from every master
// of a Cluster. It yields what is a sorted set under the prefix and nothing
// else, whatever the name looks like.
//
// A counter that exists from the beginning to the end is yielded at least once.
// SCAN may yield it again when the keyspace grows or shrinks meanwhile. Counters
// that come or go during the scan may be missed. Each page is one round trip. An
// error ends the sequence; its key is empty.
func (c *Client) CounterKeys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		masters, err := c.masters(ctx)
		if err != nil {
			yield("", err)
			return
		}
		for _, m := range masters {
			if !c.scanCounters(ctx, m, yield) {
				return
			}
		}
	}
}

// scanCounters yields the counters of one master and reports whether to go on.
// The types of one page are asked for together with the next page.
func (c *Client) scanCounters(ctx context.Context, m master, yield func(string, error) bool) (more bool) {
	var types []step
	for s := (&scan{client: c, from: m}); s != nil || len(types) > 0; {
		if err := c.read(ctx, types, 0, s); err != nil {
			yield("", err)
			return false
		}
		for _, st := range types {
			t, _ := st.(*typing)
			t.settle(c)
			if t.failed != nil {
				yield("", t.failed)
				return false
			}
			if t.kind == kindCounter && !yield(t.key, nil) {
				return false
			}
		}
		types = nil
		if s == nil {
			continue
		}
		keys, next, err := s.settle()
		if err != nil {
			yield("", err)
			return false
		}
		for _, key := range keys {
			types = append(types, &typing{key: key})
		}
		if s = (&scan{client: c, from: m, cursor: next}); next == 0 {
			s = nil
		}
	}
	return true
}
