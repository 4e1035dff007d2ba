package redisset

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/certs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
)

// startBound is how long a set may take to start. A Cluster needs about three
// seconds on an idle machine, one server a twentieth of one.
const startBound = time.Minute

// Options say what to start.
type Options struct {
	// Shape is [Single] if empty.
	Shape Shape
	// Dir is an existing directory for data and configuration, in which each
	// server gets one of its own; "" is a temporary one.
	Dir string
	// Replicas is how many replicas the master under Sentinels has, 1 or 2; 0 is
	// 1.
	Replicas int
	// Args are further settings of every server that holds data, as "--name",
	// "value".
	Args []string
	// Log receives what the set does; nil is nothing.
	Log *slog.Logger
}

// Set is a Redis that runs. Its methods are safe for concurrent use.
type Set struct {
	shape     Shape
	dir       string
	args      []string
	replicas  int
	users     map[string]User
	authority *certs.Authority // of TLS
	good      certs.Pair       // of TLS: what it was started with

	nodes     []*Node // that hold data
	sentinels []*Node
	admin     redis.UniversalClient

	ends  []func() error
	close func() error
}

// Start starts the servers of a shape and returns when they serve and know each
// other. The context bounds the start, with a minute at most, not the set's
// life: the caller must Close it. Where the start fails, nothing is left running.
func Start(ctx context.Context, o Options) (*Set, error) {
	if o.Shape == "" {
		o.Shape = Single
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	switch {
	case !o.Shape.Valid():
		return nil, fmt.Errorf("start redis: Shape: there is no %q, want one of %v", o.Shape, Shapes())
	case o.Replicas < 1 || o.Replicas > 2:
		return nil, fmt.Errorf("start redis: Replicas: want 1 or 2, not %d", o.Replicas)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	s := &Set{shape: o.Shape, args: o.Args, replicas: o.Replicas, users: newUsers()}
	s.close = sync.OnceValue(s.end)
	begin := time.Now()
	if err := s.start(ctx, o.Dir); err != nil {
		return nil, errors.Join(fmt.Errorf("start redis (%s): %w", o.Shape, err), s.Close())
	}
	o.Log.InfoContext(ctx, "redis is ready", "shape", string(o.Shape), "took", time.Since(begin).Round(time.Millisecond))
	return s, nil
}

func (s *Set) start(ctx context.Context, dir string) error {
	if err := s.makeDir(ctx, dir); err != nil {
		return err
	}
	start := map[Shape]func(context.Context) error{
		Single: s.startSingle, Replica: s.startReplica, TLS: s.startTLS,
		Sentinel: s.startSentinel, Cluster: s.startCluster,
	}[s.shape]
	if err := start(ctx); err != nil {
		return err
	}
	s.admin = s.openAdmin()
	s.ends = append(s.ends, s.admin.Close)
	return nil
}

func (s *Set) makeDir(ctx context.Context, dir string) error {
	if dir == "" {
		temporary, err := scratch.New(ctx, "redis-")
		if err != nil {
			return err
		}
		s.dir = temporary.Path()
		s.ends = append(s.ends, temporary.Close)
		return nil
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("resolve the directory: %w", err)
	}
	s.dir = path
	return nil
}

// Close ends every server and every client, and removes a temporary directory.
// Further calls return the same.
func (s *Set) Close() error { return s.close() }

func (s *Set) end() error {
	all := parts.AtOnce(s.all(), func(_ int, n *Node) error { return errors.Join(n.admin.Close(), n.Close()) })
	for _, end := range slices.Backward(s.ends) {
		all = append(all, end())
	}
	return errors.Join(all...)
}

// all are the servers that were started.
func (s *Set) all() []*Node { return append(slices.Clone(s.nodes), s.sentinels...) }
