// Package store is one store of the simulated cluster: it reports to pdsim every
// second as a TiKV store does to PD, and exports TiKV's metrics as if clients
// were reading and writing the regions that it leads.
//
// Both are served on one address, which is also the one it reports, so that
// Prometheus's label instance is exactly what PD calls the store's address. (A
// real store has a second address for its metrics.) How slow it is and how full
// its disk can be changed while it runs, by POST /sim/behaviour.
package store

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/program"
)

// Store is the program. It is run once.
type Store struct {
	id        uint64
	listen    string
	advertise string
	pd        string
	interval  time.Duration

	mu        sync.Mutex // guards what follows
	behaviour Behaviour
	leaders   int
}

// New returns a program with its default settings.
func New() *Store {
	return &Store{
		listen: "127.0.0.1:20160", pd: "http://127.0.0.1:2379", interval: time.Second,
		behaviour: DefaultBehaviour(),
	}
}

// Define adds the flags.
func (s *Store) Define(f *flag.FlagSet) {
	f.Uint64Var(&s.id, "id", s.id, "the `number` of this store")
	f.StringVar(&s.listen, "listen", s.listen, "the `address` to listen on, HOST:PORT")
	f.StringVar(&s.advertise, "advertise", s.advertise, "the `address` to report (default: the one listened on)")
	f.StringVar(&s.pd, "pd", s.pd, "the `URL` of the pdsim")
	f.DurationVar(&s.interval, "heartbeat", s.interval, "how often to report")
	b := &s.behaviour
	f.Func("latency", "how long the slowest requests take, as a `duration` (default 20ms)", func(text string) (err error) {
		d, err := time.ParseDuration(text)
		b.LatencySeconds = d.Seconds()
		return err
	})
	f.Int64Var(&b.CapacityBytes, "capacity", b.CapacityBytes, "the size of the disk in `bytes`")
	f.Float64Var(&b.UsedRatio, "used", b.UsedRatio, "the `part` of the disk that is used, 0 to 1")
	f.Float64Var(&b.RatePerLeader, "rate", b.RatePerLeader, "the `number` of requests per second and region led")
}

// Run reports and serves until ctx is done.
func (s *Store) Run(ctx context.Context, log *slog.Logger) error {
	listener, err := program.Listen(ctx, s.listen)
	if err != nil {
		return err
	}
	if s.advertise == "" {
		s.advertise = listener.Addr().String()
	}
	m := newMetrics(s)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("POST "+BehaviourPath, s.setBehaviour)
	log.InfoContext(ctx, "ready", "store", s.id, "address", s.advertise, "pd", s.pd)
	return program.Serve(ctx, listener, mux, log, func(ctx context.Context) {
		var all sync.WaitGroup
		all.Go(func() { s.beat(ctx, log) })
		all.Go(func() { m.load(ctx, s) })
		all.Wait()
	})
}

// now is the behaviour and the number of leaders at present.
func (s *Store) now() (Behaviour, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behaviour, s.leaders
}
