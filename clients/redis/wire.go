package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// wire is a connection of this package's own. A sweep sends two commands per
// key, and go-redis makes some ten objects of each: with it a sweep takes longer
// here than it does in Redis. And go-redis hands out no invalidations.
//
// A wire is used by one goroutine at a time, and not again after an error.
type wire struct {
	conn net.Conn
	in   *decoder
	out  []byte // the pipeline that is being put together
	born time.Time

	id identity
}

// wiring is how wires to one server are made: as go-redis makes its own
// connections.
type wiring struct {
	connect       connector
	options       *goredis.Options
	demandsMaster bool
}

// wiring of a master. It fails for a go-redis client that was made elsewhere
// and whose connections are prepared by code that knows only go-redis's own.
func (c *Client) wiring(rdb *goredis.Client) (wiring, error) {
	o := rdb.Options()
	w := wiring{connect: c.connect, options: o, demandsMaster: c.demandsMaster}
	if c.owned {
		return w, nil
	}
	if o.OnConnect != nil || o.StreamingCredentialsProvider != nil {
		return wiring{}, invalid("sweep counters",
			"the go-redis client has OnConnect or StreamingCredentialsProvider: the sweep makes connections of its own, which these cannot prepare")
	}
	w.connect = o.Dialer
	return w, nil
}

// dial makes a wire before ctx ends and introduces itself, in the given version
// of the protocol. Nothing is left open after an error.
func (w wiring) dial(ctx context.Context, protocol int) (*wire, error) {
	ctx, cancel := context.WithTimeout(ctx, w.options.DialTimeout)
	defer cancel()
	conn, err := w.connect(ctx, w.options.Network, w.options.Addr)
	if err != nil {
		return nil, fmt.Errorf("no connection: %w", connectFailure(err))
	}
	made := &wire{conn: conn, in: newDecoder(conn), born: time.Now()}
	if err := made.greet(ctx, w, protocol); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return made, nil
}

// greet authenticates, chooses the protocol and the database, and asks who is
// there, all in one round trip.
func (x *wire) greet(ctx context.Context, w wiring, protocol int) error {
	user, password, err := credentials(ctx, w.options)
	if err != nil {
		return err
	}
	var must, may int // commands that must succeed, and those that need not
	switch {
	case user != "":
		x.out, must = appendCommand(x.out, "AUTH", user, password), must+1
	case password != "":
		x.out, must = appendCommand(x.out, "AUTH", password), must+1
	}
	if protocol > 2 {
		x.out, must = appendCommand(x.out, "HELLO", strconv.Itoa(protocol)), must+1
	}
	if w.options.DB > 0 {
		x.out, must = appendCommand(x.out, "SELECT", strconv.Itoa(w.options.DB)), must+1
	}
	x.out, may = appendCommand(x.out, "INFO", "server"), may+1
	if w.demandsMaster {
		x.out, may = appendCommand(x.out, "ROLE"), may+1
	}
	answers, err := x.exchange(ctx, must+may, nil)
	if err != nil {
		return err
	}
	for i := range answers[:must] {
		if err := answers[i].err(); err != nil {
			return err
		}
	}
	info := answers[must]
	if err := info.err(); Classify(err) == failure.Unauthenticated {
		return err // the others will be refused too, and who is there is not known
	}
	x.id = identify(info.s)
	if w.demandsMaster {
		return mustBeMaster(answers[must+1])
	}
	return nil
}

func credentials(ctx context.Context, o *goredis.Options) (user, password string, err error) {
	switch {
	case o.CredentialsProviderContext != nil:
		return o.CredentialsProviderContext(ctx)
	case o.CredentialsProvider != nil:
		user, password = o.CredentialsProvider()
		return user, password, nil
	default:
		return o.Username, o.Password, nil
	}
}

// mustBeMaster is [demandMaster] for a wire.
func mustBeMaster(role value) error {
	if len(role.list) == 0 || role.list[0].s == "master" {
		return nil
	}
	return fmt.Errorf("no connection: %w", &connectError{
		class:  failure.Unreachable,
		detail: "the Sentinels named a server as master that says it is a " + failure.Line(role.list[0].s),
	})
}

// exchange sends the pipeline and reads n answers into the memory of answers. It
// ends when ctx does, and then the wire is of no more use.
func (x *wire) exchange(ctx context.Context, n int, answers []value) ([]value, error) {
	by, _ := ctx.Deadline()
	if err := x.conn.SetDeadline(by); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = x.conn.Close() })
	defer stop()
	x.in.reset()
	_, err := x.conn.Write(x.out)
	x.out = x.out[:0]
	if err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	answers = answers[:0]
	for range n {
		var v value
		if err := x.in.next(&v); err != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		answers = append(answers, v)
	}
	return answers, nil
}

// close closes the connection. What that can fail with is of no use to anyone.
func (x *wire) close() {
	if x != nil {
		_ = x.conn.Close()
	}
}
