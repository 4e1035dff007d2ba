package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// tracker is a connection over which one master tells which keys change:
// CLIENT TRACKING in its broadcasting mode, where the server remembers prefixes
// and no keys. It speaks RESP3, in which invalidations come unasked.
//
// https://redis.io/docs/latest/develop/reference/client-side-caching/
type tracker struct {
	x     *wire
	set   *changed
	pongs chan string
	done  chan struct{} // closed when the connection is through
	asked int
	since time.Time // when the first barrier was asked for that is unanswered; zero without one
}

// track has the master of the wire, which speaks RESP3, tell about all keys under
// the prefix from now on. The tracker owns the wire.
func track(ctx context.Context, x *wire, set *changed) (*tracker, error) {
	x.out = appendCommand(x.out, "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", string(set.keys))
	answers, err := x.exchange(ctx, 1, nil)
	if err == nil {
		err = answers[0].err()
	}
	if err == nil {
		err = x.conn.SetDeadline(time.Time{})
	}
	if err != nil {
		return nil, err
	}
	t := &tracker{x: x, set: set, pongs: make(chan string, 1), done: make(chan struct{})}
	go t.listen()
	return t, nil
}

// listen takes what comes until the connection ends.
func (t *tracker) listen() {
	defer close(t.done)
	for {
		var v value
		t.x.in.reset()
		if err := t.x.in.next(&v); err != nil {
			t.set.lose("the connection over which changes are told was lost: " + failure.Line(err.Error()))
			return
		}
		switch v.kind {
		case respPush:
			t.told(v.list)
		case respBulk:
			select { // only the latest matters, and only this goroutine puts any in
			case <-t.pongs:
			default:
			}
			t.pongs <- v.s
		}
	}
}

// told takes what the server pushes.
func (t *tracker) told(push []value) {
	if len(push) != 2 || push[0].s != "invalidate" {
		return
	}
	if push[1].kind == respNull {
		t.set.lose("the database was flushed")
		return
	}
	for _, key := range push[1].list {
		t.set.note(key.s)
	}
}

// barrier returns when everything that was changed before the call has been told.
// An error says that this will not be; the connection is of no more use, unless
// it was ctx that ended.
func (t *tracker) barrier(ctx context.Context) error {
	t.asked++
	token := strconv.Itoa(t.asked)
	if t.since.IsZero() {
		t.since = time.Now()
	}
	by, _ := ctx.Deadline()
	if err := t.x.conn.SetWriteDeadline(by); err != nil {
		return err
	}
	t.x.out = appendCommand(t.x.out[:0], "PING", token)
	if _, err := t.x.conn.Write(t.x.out); err != nil {
		return err
	}
	for {
		select {
		case pong := <-t.pongs:
			if pong == token {
				t.since = time.Time{}
				return nil
			}
		case <-t.done:
			_, why := t.set.state()
			return answerError("ERR " + why)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// silent reports whether barriers have been unanswered for as long as that. Callers
// may be less patient, one after the other, and none would ever give up a
// connection that died without a word.
func (t *tracker) silent(long time.Duration) bool {
	return !t.since.IsZero() && time.Since(t.since) >= long
}

// close ends the connection and waits for its end.
func (t *tracker) close() {
	if t == nil {
		return
	}
	t.x.close()
	<-t.done
}

func (t *tracker) ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}
