package redis

import (
	"context"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// kindCounter is the Redis type of a counter.
const kindCounter = "zset"

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

func (t *typing) settle(c *Client) (again bool) {
	kind, err := t.cmd.Result()
	if err != nil {
		err = c.fail("TYPE "+failure.Quote(c.keys.counter(t.key)), c.target, err)
	}
	t.kind, t.failed = kind, err
	return false
}

func (t *typing) give(err error) { t.failed = err }

// limiting is the step that reads the own limit of a key and nothing else.
type limiting struct {
	key    string
	cmd    *goredis.Cmd
	own    *Limit // nil without one
	failed error
}

func (l *limiting) size() int { return len(l.key) }

func (l *limiting) queue(ctx context.Context, pipe goredis.Pipeliner, keys keyspace, _ moment) {
	l.cmd = readLimit(ctx, pipe, keys.limit(l.key))
}

func (l *limiting) settle(c *Client) (again bool) {
	l.own, l.failed = c.limit(l.key, l.cmd)
	return false
}

func (l *limiting) give(err error) { l.failed = err }
