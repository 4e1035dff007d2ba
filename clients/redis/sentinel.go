package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// masterLifetime is how long a connection to a master found by Sentinel is
// kept. A master that was replaced drops its clients when it hears of it; one
// that is cut off from the Sentinels does not, and would be read for ever.
const masterLifetime = 30 * time.Second

// sentinels finds the master anew for every connection that is made, as the
// guidelines for Sentinel clients ask
// (https://redis.io/docs/latest/develop/reference/sentinel-clients/).
//
// go-redis's own failover client would follow the Sentinels in the background
// instead, under contexts that no caller's deadline reaches.
type sentinels struct {
	addrs              []string
	master             string
	username, password string
	dialTimeout        time.Duration
	dialer             dialer
	secrets            secrets
}

// connect connects to the current master. The address is ignored: it is only
// known afterwards.
func (s sentinels) connect(ctx context.Context, network, _ string) (net.Conn, error) {
	addr, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	return s.dialer.connect(ctx, network, addr)
}

// find asks all Sentinels at once and takes the first answer, so that one that
// hangs costs nothing.
func (s sentinels) find(ctx context.Context) (addr string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	type answer struct {
		addr string
		err  error
	}
	answers := make(chan answer, len(s.addrs))
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	for _, sentinel := range s.addrs {
		asking.Go(func() {
			addr, err := s.ask(ctx, sentinel)
			answers <- answer{addr, err}
		})
	}
	var all []error
	for range s.addrs {
		a := <-answers
		if a.err == nil {
			return a.addr, nil
		}
		all = append(all, a.err)
	}
	return "", worst(all)
}

// ask asks one Sentinel.
func (s sentinels) ask(ctx context.Context, sentinel string) (addr string, err error) {
	client := goredis.NewSentinelClient(&goredis.Options{
		Network: "tcp", Addr: sentinel, Username: s.username, Password: s.password,
		Dialer: func(_ context.Context, network, addr string) (net.Conn, error) {
			return newConn(network, addr, s.dialTimeout, s.dialer.connect), nil
		},
		Protocol: 2, DisableIdentity: true, ContextTimeoutEnabled: true, MaxRetries: -1,
		PoolSize: 1, PipelinePoolSize: -1, ReadBufferSize: 4096, WriteBufferSize: 4096,
	})
	stop := context.AfterFunc(ctx, func() { _ = client.Close() })
	defer func() {
		if stop() {
			_ = client.Close()
		}
	}()

	found, err := client.GetMasterAddrByName(ctx, s.master).Result()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, goredis.Nil):
		return "", s.problem(sentinel, failure.Failing, "does not know a master named "+failure.Quote(s.master))
	case err != nil:
		return "", s.problem(sentinel, Classify(err), failure.Line(s.secrets.scrub(err.Error())))
	case len(found) != 2:
		return "", s.problem(sentinel, failure.Malformed, fmt.Sprintf("want host and port, got %d values", len(found)))
	}
	return net.JoinHostPort(found[0], found[1]), nil
}

func (s sentinels) problem(sentinel string, class failure.Class, text string) error {
	return &connectError{class: class, detail: "Sentinel " + sentinel + ": " + text}
}

// worst is the error to report when no Sentinel named the master: an answer
// tells more than silence does.
func worst(all []error) error {
	for _, err := range all {
		if ce, ok := errors.AsType[*connectError](err); ok {
			if e := (&failure.Error{Class: ce.class}); e.Answered() {
				return err
			}
		}
	}
	return errors.Join(all...)
}
