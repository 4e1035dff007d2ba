package redisset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// Node is one server of a set, Sentinels included: a process with an address. It
// is safe for concurrent use. The set closes it.
type Node struct {
	*process.Process

	dir     string
	address string // where clients connect
	plain   string // where the harness connects, which is the same but for TLS
	admin   *redis.Client
	set     *Set

	// early tells that it counts as ready while it still loads its data.
	early atomic.Bool
}

// Address is host:port, where clients connect.
func (n *Node) Address() string { return n.address }

// Dir is the directory that the server works in.
func (n *Node) Dir() string { return n.dir }

// Admin is a client with all rights on this server alone. The set closes it.
func (n *Node) Admin() *redis.Client { return n.admin }

// Reconfigure ends the server where it runs, and starts it with further settings,
// as "--name", "value". They stay until the next Reconfigure, which replaces
// them; without any the server is again as it was made. It returns when the
// server answers, be it only that it is loading its data.
func (n *Node) Reconfigure(ctx context.Context, flags ...string) error {
	if err := n.Prepare(flags...); err != nil {
		return err
	}
	n.early.Store(true)
	defer n.early.Store(false)
	return n.Restart(ctx)
}

// Prepare is [Node.Reconfigure] for the next time that the server starts: it leaves
// the running one alone.
func (n *Node) Prepare(flags ...string) error {
	more, err := moreLines(flags)
	if err != nil {
		return fmt.Errorf("configure %s: %w", n.Name(), err)
	}
	if err := writeConf(n.dir, moreFile, more); err != nil {
		return fmt.Errorf("configure %s: %w", n.Name(), err)
	}
	return nil
}

// ready asks whether the server serves, and whether it is this one: another one
// may have been faster to take the address.
func (n *Node) ready(ctx context.Context) error {
	info, err := n.admin.Info(ctx).Result()
	if err != nil {
		return err
	}
	if n.infoOf(info, "config_file") != filepath.Join(n.dir, confFile) {
		return fmt.Errorf("another Redis answers on %s", n.plain)
	}
	switch {
	case n.infoOf(info, "loading") != "1":
		return n.rejoin(ctx, info)
	case n.early.Load():
		return nil
	default:
		return errors.New("it is loading its data")
	}
}

// infoOf takes one field of INFO's answer, "" where there is none.
func (*Node) infoOf(info, field string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// asks tells the value of one field of INFO.
func (n *Node) asks(ctx context.Context, section, field string) (string, error) {
	info, err := n.admin.Info(ctx, section).Result()
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", n.Name(), err)
	}
	return n.infoOf(info, field), nil
}

// launch starts a server: conf makes its lines for a directory and an address,
// of which the harness uses the second for itself.
func (s *Set) launch(ctx context.Context, name string, args []string, conf func(n *Node) (directives, error)) (*Node, error) {
	binary, err := servers.Redis()
	if err != nil {
		return nil, err
	}
	n := &Node{dir: filepath.Join(s.dir, name), set: s}
	if err := os.MkdirAll(n.dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the directory of %s: %w", name, err)
	}
	var confErr error
	n.Process, _, err = servers.Start(ctx, func(address string) process.Spec {
		n.address, n.plain = address, address
		if n.admin != nil {
			_ = n.admin.Close() // of the address before, which was taken
		}
		var lines directives
		if lines, confErr = conf(n); confErr == nil {
			confErr = errors.Join(writeConf(n.dir, confFile, lines), writeConf(n.dir, moreFile, nil))
		}
		n.admin = s.open(n.plain, strings.HasPrefix(name, sentinelPrefix))
		return process.Spec{
			Name: name, Path: binary, Dir: n.dir, Env: []string{},
			Args:  append([]string{filepath.Join(n.dir, confFile)}, args...),
			Ready: n.ready,
		}
	})
	if err == nil {
		return n, nil
	}
	_ = n.admin.Close() // nobody has used it
	return nil, errors.Join(confErr, err)
}
