// Package node is one node of the rate limiter: its settings, and its life from
// the first registration to the last request.
//
// A node starts whether or not its Redis answers. It serves at once, registers
// as soon as it can, and refreshes the registration until its context ends.
// Then it leaves in this order: it removes its registration, so that nobody is
// sent here any more; it stops accepting and finishes the requests in flight;
// it closes its connections. Each step is bounded, and a Redis that does not
// answer delays the end by no more than its timeout: the registration then
// expires by itself.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/api"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/metrics"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/registry"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// Run runs a node until ctx is done, and returns when nothing of it is left:
// nil after an orderly end, else why it could not start or go on. ready is told
// the address it listens on as soon as it does; it may be nil.
func Run(ctx context.Context, s Settings, log *slog.Logger, ready func(address string)) error {
	if err := s.Validate(); err != nil {
		return err
	}
	client, err := redisurl.New(s.Redis, redisurl.Options{Timeout: s.RedisTimeout, CAFile: s.RedisCA})
	if err != nil {
		return fmt.Errorf("--%s: %w", flagRedis, err)
	}
	defer func() { _ = client.Close() }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return fmt.Errorf("--%s: %w", flagListen, err)
	}
	if s.Advertise == "" {
		s.Advertise = advertised(listener.Addr())
	}
	return serve(ctx, s, client, listener, log, ready)
}

func serve(ctx context.Context, s Settings, client redis.UniversalClient, listener net.Listener, log *slog.Logger, ready func(string)) error {
	server := newServer(s, client, log)
	served := make(chan error, 1)
	var serving sync.WaitGroup
	serving.Go(func() { served <- server.Serve(listener) })
	defer serving.Wait()

	registration := registry.New(client, s.NodeID, s.Advertise, time.Now().Add(s.ClockOffset), s.RegistrationTTL)
	beating, stopBeating := context.WithCancel(ctx)
	defer stopBeating()
	var heart sync.WaitGroup
	heart.Go(func() {
		registration.Keep(beating, s.Heartbeat, time.Second, s.RedisTimeout, reporter(log))
	})
	defer heart.Wait()

	address := listener.Addr().String()
	log.Info("ready", "node_id", s.NodeID, "address", address, "advertised", s.Advertise)
	if ready != nil {
		ready(address)
	}

	var failed error
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case failed = <-served:
		failed = fmt.Errorf("serve on %s: %w", address, failed)
	}

	// A heartbeat after the withdrawal would bring the registration back.
	stopBeating()
	heart.Wait()
	// What follows is bounded by itself, after ctx has ended.
	ctx = context.WithoutCancel(ctx)
	withdraw(ctx, s, registration, log)
	drain(ctx, s, server, log)
	return failed
}

func newServer(s Settings, client redis.UniversalClient, log *slog.Logger) *http.Server {
	m := metrics.Options{}
	if s.MetricsNodeLabel {
		m.NodeID = s.NodeID
	}
	if s.MetricsKeyLabel {
		m.Keys = s.MetricsMaxKeys
	}
	return &http.Server{
		Handler: api.New(api.Config{
			NodeID: s.NodeID,
			Store:  window.NewSkewed(client, window.Rule{Limit: s.DefaultLimit, WindowMS: s.DefaultWindow.Milliseconds()}, s.ClockOffset),
			Nodes: func(ctx context.Context) ([]registry.Entry, error) {
				return registry.List(ctx, client)
			},
			Metrics:      metrics.New(m),
			RedisTimeout: s.RedisTimeout,
			FailOpen:     s.FailOpen,
		}),
		MaxHeaderBytes:    api.MaxHeaderBytes,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func withdraw(ctx context.Context, s Settings, registration *registry.Registration, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, s.RedisTimeout)
	defer cancel()
	if err := registration.Withdraw(ctx); err != nil {
		log.Warn("the registration stays until it expires", "error", err)
	}
}

func drain(ctx context.Context, s Settings, server *http.Server, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, s.ShutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("requests in flight were cut off", "error", err)
		if err := server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			log.Warn("cannot close the server", "error", err)
		}
	}
}

// reporter logs the registration's changes: one line when it fails or fails for
// another reason, one when it is back, however many heartbeats lie between.
func reporter(log *slog.Logger) func(error) {
	registered, failing := false, ""
	return func(err error) {
		switch {
		case err != nil && failing != err.Error():
			failing = err.Error()
			log.Warn("cannot register; trying again", "error", err)
		case err == nil && (failing != "" || !registered):
			registered, failing = true, ""
			log.Info("registered")
		}
	}
}

// advertised is the address to register for one listened on: that of every
// interface is nobody's, so the machine's name stands in for it.
func advertised(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	name, err := os.Hostname()
	if err != nil {
		return addr.String()
	}
	return net.JoinHostPort(name, strconv.Itoa(tcp.Port))
}
