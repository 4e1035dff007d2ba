package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Redis types of what the limiter keeps.
const (
	kindCounter = "zset"
	kindLimit   = "hash"
)

// typing is the step that asks what a key is whose name may mislead. Asking by
// trying would work too, but would count as errors in the server's statistics.
type typing struct {
	key    string
	cmd    *goredis.StatusCmd
	kind   string
	failed error
}

func (t *typing) size() int { return len(t.key) }

func (t *typing) queue(ctx context.Context, pipe goredis.Pipeliner, keys keyspace, _ moment) {
	t.cmd = pipe.Type(ctx, keys.counter(t.key))
}

// settle learns the type. A counter or an own limit is read next.
func (t *typing) settle(c *Client) (next step) {
	kind, err := t.cmd.Result()
	if err != nil {
		return t.give(c.fail("TYPE "+failure.Quote(c.keys.counter(t.key)), c.target, err))
	}
	t.kind, t.failed = kind, nil
	switch kind {
	case kindCounter:
		r := newReading(t.key)
		return &r
	case kindLimit:
		if key, ok := limitOf(t.key); ok {
			return &limiting{own: OwnLimit{Key: key}}
		}
	}
	return nil
}

func (t *typing) give(err error) step {
	t.failed = err
	return nil
}

func (t *typing) err() error { return t.failed }

// limiting is the step that reads an own limit that was found by its key.
type limiting struct {
	own   OwnLimit
	found bool
	cmd   *goredis.Cmd
}

func (l *limiting) size() int { return len(l.own.Key) }

func (l *limiting) queue(ctx context.Context, pipe goredis.Pipeliner, keys keyspace, _ moment) {
	l.cmd = readLimit(ctx, pipe, keys.limit(l.own.Key))
}

func (l *limiting) settle(c *Client) (next step) {
	own, err := c.limit(l.own.Key, l.cmd)
	l.own.Err = err
	if l.found = own != nil || err != nil; own != nil {
		l.own.Limit = *own
	}
	return nil
}

func (l *limiting) give(err error) step {
	l.own.Err = err
	return nil
}

func (l *limiting) err() error { return l.own.Err }
