package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// StartRedis starts a redis-server on a free loopback port that works in dir and
// saves nothing, and waits until it serves. Further arguments, as "--name",
// "value", override that. The caller must Close the process.
func StartRedis(ctx context.Context, dir string, args ...string) (p *process.Process, address string, err error) {
	binary, err := Redis()
	if err != nil {
		return nil, "", err
	}
	var ours atomic.Pointer[process.Process]
	p, address, err = Start(ctx, func(address string) process.Spec {
		host, port, _ := net.SplitHostPort(address) // Address makes no other
		return process.Spec{
			Name: "redis",
			Path: binary,
			Args: append([]string{
				"--bind", host, "--port", port, "--dir", dir,
				"--save", "", "--appendonly", "no", "--daemonize", "no",
			}, args...),
			Env:   []string{},
			Ready: func(ctx context.Context) error { return redisReady(ctx, address, ours.Load()) },
		}
	})
	if err != nil {
		return nil, "", err
	}
	ours.Store(p)
	// In the first start the process was not known yet. Had another Redis been
	// faster to take the address, ours would be about to end.
	if err := redisReady(ctx, address, p); err != nil {
		return nil, "", errors.Join(fmt.Errorf("start redis: %w", err), p.Close())
	}
	return p, address, nil
}

// redisReady asks whether a Redis serves, and whether it is ours. It speaks the
// protocol's inline form, for which a connection is enough
// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
func redisReady(ctx context.Context, address string, ours *process.Process) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Second)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "PING\r\nINFO server\r\n"); err != nil {
		return err
	}
	reply := bufio.NewReader(io.LimitReader(conn, 64<<10))
	pong, err := reply.ReadString('\n')
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(pong, "-NOAUTH"):
		return nil // it serves, though not us
	case pong != "+PONG\r\n":
		return fmt.Errorf("redis on %s answers %s", address, failure.Quote(pong))
	}
	for ours != nil {
		line, err := reply.ReadString('\n')
		if err != nil {
			return err
		}
		if pid, found := strings.CutPrefix(line, "process_id:"); found {
			if strings.TrimSpace(pid) != strconv.Itoa(ours.PID()) {
				return fmt.Errorf("another Redis answers on %s", address)
			}
			break
		}
	}
	return nil
}
