// Package server is the life of a pdsim: its flags, its clock, and the file in
// which it keeps what PD keeps in etcd.
//
// The file is replaced as a whole, so that a kill at any time leaves the old or
// the new one. Changes are in it a quarter of a second later at the latest, or,
// if they were asked for by HTTP, when they are answered.
package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/program"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// How often time passes in the model, and how often it is saved.
const (
	stepEvery = 50 * time.Millisecond
	saveEvery = 250 * time.Millisecond
)

// Server is the program.
type Server struct {
	listen, name, url, file string
	settings                sim.Settings
}

// New returns a program with its default settings.
func New() *Server {
	return &Server{listen: "127.0.0.1:2379", name: "pd1", settings: sim.Defaults()}
}

// Define adds the flags.
func (s *Server) Define(f *flag.FlagSet) {
	f.StringVar(&s.listen, "listen", s.listen, "the `address` to listen on, HOST:PORT")
	f.StringVar(&s.name, "name", s.name, "the `name` of this member")
	f.StringVar(&s.url, "advertise", s.url, "the `URL` that clients are told (default: the address listened on)")
	f.StringVar(&s.file, "data-file", s.file, "the `path` of the file that outlives a restart (default: none does)")
	c := &s.settings
	f.IntVar(&c.Regions, "bootstrap", c.Regions, "the `number` of regions of a new cluster")
	f.IntVar(&c.BootstrapStores, "bootstrap-stores", c.BootstrapStores, "the `number` of stores that have to report before it is bootstrapped")
	f.DurationVar(&c.DisconnectAfter, "disconnect-after", c.DisconnectAfter, "the silence after which a store is Disconnected")
	f.DurationVar(&c.MaxStoreDownTime, "max-store-down-time", c.MaxStoreDownTime, "the silence after which it is Down, in a new cluster")
	f.DurationVar(&c.ElectionAfter, "election-after", c.ElectionAfter, "the silence of a leader after which another one is elected")
	f.DurationVar(&c.DownPeerAfter, "down-peer-after", c.DownPeerAfter, "the silence of a peer after which its leader reports it as down")
	f.DurationVar(&c.OperatorDelay, "operator-delay", c.OperatorDelay, "how long an operator takes")
	f.DurationVar(&c.ScheduleInterval, "schedule-interval", c.ScheduleInterval, "how often the schedulers look")
}

// Validate refuses settings that make no sense.
func (s *Server) Validate() error { return s.settings.Validate() }

// Run serves until ctx is done.
func (s *Server) Run(ctx context.Context, log *slog.Logger) error {
	saved, err := s.read()
	if err != nil {
		return err
	}
	s.settings.Log = log
	cluster, err := sim.New(s.settings, saved)
	if err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	listener, err := program.Listen(ctx, s.listen)
	if err != nil {
		return err
	}
	url := s.url
	if url == "" {
		url = "http://" + listener.Addr().String()
	}
	log.InfoContext(ctx, "ready", "name", s.name, "url", url, "restored", len(saved) > 0)
	d := &disk{path: s.file, cluster: cluster, log: log}
	handler := d.saving(api.New(cluster, api.Member{Name: s.name, URL: url}))
	err = program.Serve(ctx, listener, handler, log, func(ctx context.Context) {
		live(ctx, cluster, d)
	})
	return errors.Join(err, d.save())
}

// read returns what an earlier run left, nil where there was none.
func (s *Server) read() ([]byte, error) {
	if s.file == "" {
		return nil, nil
	}
	saved, err := os.ReadFile(s.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--data-file: %w", err)
	}
	return saved, nil
}

// live lets time pass until ctx is done. Saving a large cluster takes a while; it
// is done so seldom that it takes no more than a tenth of the time.
func live(ctx context.Context, cluster *sim.Cluster, d *disk) {
	step, save := time.NewTicker(stepEvery), time.NewTicker(saveEvery)
	defer step.Stop()
	defer save.Stop()
	var notBefore time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-step.C:
			cluster.Step()
		case now := <-save.C:
			if now.Before(notBefore) {
				continue
			}
			d.try()
			notBefore = now.Add(10 * time.Since(now))
		}
	}
}

// saving saves what a request changed before it is answered, but for
// heartbeats, which are many, and worth nothing a second later.
func (d *disk) saving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.URL.Path == api.HeartbeatPath {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(&answering{ResponseWriter: w, first: d.try}, r)
	})
}

// answering calls first before the answer begins.
type answering struct {
	http.ResponseWriter

	first func()
}

func (a *answering) WriteHeader(status int) {
	a.first()
	a.ResponseWriter.WriteHeader(status)
}
