package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// Options say how a walk is made.
type Options struct {
	// Out is where the story goes, and Paint whether in colour.
	Out   io.Writer
	Paint Paint
	// Plugin is the path of the subject's binary, Node that of ratelimiterd.
	Plugin, Node string
	// Log takes the logs of the cluster and the plugin; nil is nowhere.
	Log *slog.Logger
}

// victim is the key that is put over its limit.
const victim = "customer:42"

// RateLimiter is the walk for the rate limiter. It leaves nothing running.
func RateLimiter(ctx context.Context, opts Options) (err error) {
	began := time.Now()
	w := NewWalk(opts.Out, opts.Paint)

	w.Step("A rate limiter of real processes on this machine")
	c, err := cluster.Start(ctx, cluster.Options{NodeBinary: opts.Node, AllowEmbeddedRedis: true, Log: opts.Log})
	if err != nil {
		return fmt.Errorf("start the cluster: %w", err)
	}
	defer func() {
		err = errors.Join(err, c.Close())
		if err == nil {
			w.Close(time.Since(began))
		}
	}()
	showCluster(w, c)
	if _, err = c.Load(ctx, cluster.LoadOptions{}); err != nil {
		return fmt.Errorf("put the cluster under load: %w", err)
	}
	w.Say("%s", w.paint.Dim("under load: 20 keys, each at half of its limit of 100 requests a minute"))

	w.Step("The operator loads the plugin")
	subject, err := load(ctx, w, c, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, subject.Close()) }()

	for _, part := range []func(context.Context, *Walk, *cluster.Cluster) error{healthy, nodeDies, overLimit, redisHangs, repair} {
		if err := part(ctx, w, c); err != nil {
			return err
		}
	}
	return nil
}

func showCluster(w *Walk, c *cluster.Cluster) {
	row := func(name, address string, pid int) { w.Say("%-14s %-18s pid %d", name, address, pid) }
	if c.EmbeddedRedis() {
		w.Say("%s", w.paint.Yellow("no redis-server on this machine: an embedded imitation stands in, and Redis will not be hurt"))
	} else {
		row("redis-server", c.RedisAddr(), c.Redis().PID())
	}
	for _, n := range c.Nodes() {
		row(n.ID(), n.Address(), n.PID())
	}
	row("prometheus", c.Prometheus().Address(), c.Prometheus().PID())
}

func load(ctx context.Context, w *Walk, c *cluster.Cluster, opts Options) (*host.Subject, error) {
	config, err := json.Marshal(map[string]any{
		"management": map[string]any{"urls": c.ManagementURLs()},
		"redis":      map[string]any{"url": c.RedisURL()},
		"prometheus": map[string]any{"url": c.PrometheusURL()},
	})
	if err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	return w.Load(ctx, host.Entry{Name: "ratelimiter", Plugin: opts.Plugin, Config: config}, opts.Log)
}

func healthy(ctx context.Context, w *Walk, _ *cluster.Cluster) error { return w.Healthy(ctx) }

func nodeDies(ctx context.Context, w *Walk, c *cluster.Cluster) error {
	node := c.Node(1)
	w.Step("A node dies")
	w.Say("SIGKILL to %s; its registration in Redis lives on for 3 s", node.ID())
	killed := time.Now()
	if err := node.Kill(); err != nil {
		return fmt.Errorf("kill %s: %w", node.ID(), err)
	}
	for _, invariant := range []string{"node_unreachable", "node_down"} {
		if err := w.Becomes(ctx, "SIGKILL to "+node.ID(), invariant, node.ID(), protocol.Firing, bound, killed); err != nil {
			return err
		}
	}
	w.Say("%s is started again", node.ID())
	restored := time.Now()
	if err := node.Restart(ctx); err != nil {
		return fmt.Errorf("restart %s: %w", node.ID(), err)
	}
	for _, invariant := range []string{"node_down", "node_unreachable"} {
		if err := w.Becomes(ctx, node.ID()+" started again", invariant, node.ID(), protocol.Resolved, bound, restored); err != nil {
			return err
		}
	}
	return nil
}

func overLimit(ctx context.Context, w *Walk, c *cluster.Cluster) error {
	const requests = 250
	w.Step("A counter goes over its limit")
	w.Say("%d requests are written into the window of %s, behind the limiter's back", requests, victim)
	injected := time.Now()
	if err := c.InjectRequests(ctx, victim, requests); err != nil {
		return fmt.Errorf("write behind the limiter's back: %w", err)
	}
	return w.Becomes(ctx, fmt.Sprintf("%d requests over a limit of 100", requests), "over_limit", victim, protocol.Firing, bound, injected)
}

// redisHangs shows what this project is for: what cannot be seen is unknown, and
// no ticket is closed for it.
func redisHangs(ctx context.Context, w *Walk, c *cluster.Cluster) error {
	if c.EmbeddedRedis() {
		return nil
	}
	w.Step("Meanwhile Redis stops answering")
	w.Say("SIGSTOP to redis-server: it accepts connections and says nothing")
	hung := time.Now()
	if err := c.Redis().Hang(); err != nil {
		return fmt.Errorf("hang redis: %w", err)
	}
	if err := w.Becomes(ctx, "SIGSTOP to redis-server", "redis_disconnected", "", protocol.Firing, bound, hung); err != nil {
		return err
	}
	w.Say("%s  %d invariants cannot be judged, and the open ticket stays as it is:", w.paint.Yellow("? unknown "), len(w.last.Unchecked))
	for _, ticket := range w.tracker.Tickets() {
		if ticket.Invariant == "over_limit" && ticket.State == protocol.Firing {
			w.Say("             over_limit %s is still firing", victim)
		}
	}
	if !w.open("over_limit", victim) {
		return fmt.Errorf("the ticket over_limit %s was closed while it could not be seen", victim)
	}
	w.Say("SIGCONT to redis-server")
	resumed := time.Now()
	if err := c.Redis().Resume(); err != nil {
		return fmt.Errorf("resume redis: %w", err)
	}
	return w.Becomes(ctx, "SIGCONT to redis-server", "redis_disconnected", "", protocol.Resolved, bound, resumed)
}

func repair(ctx context.Context, w *Walk, _ *cluster.Cluster) error {
	w.Step("The operator repairs it")
	acted := time.Now()
	params, err := json.Marshal(map[string]string{"key": victim})
	if err != nil {
		return fmt.Errorf("write the parameters: %w", err)
	}
	if err := w.Act(ctx, "ratelimiter", protocol.Action{Name: "reset_counter", Params: params}); err != nil {
		return err
	}
	return w.Becomes(ctx, "reset_counter", "over_limit", victim, protocol.Resolved, bound, acted)
}
