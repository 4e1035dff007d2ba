package tikv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// Subject is one TiKV cluster. Open makes it; see [protocol.Subject].
type Subject struct {
	cfg        Config
	def        protocol.Definition
	pd         *pd.Client
	prometheus *prometheus.Client // nil where the configuration leaves it out
	sharing    *kit.Sharing
	memory     memory
	actor      *kit.Actor
	life       kit.Lifetime
}

var (
	_ protocol.Subject   = (*Subject)(nil)
	_ protocol.Describer = (*Subject)(nil)
	_ io.Closer          = (*Subject)(nil)
)

const notValid = "the configuration is not valid"

// opener returns the definition's Open.
func opener(def protocol.Definition, validator *kit.Validator) func(context.Context, json.RawMessage) (protocol.Subject, error) {
	return func(ctx context.Context, doc json.RawMessage) (protocol.Subject, error) {
		if err := ctx.Err(); err != nil {
			return nil, protocol.Errorf(protocol.CodeOf(err), "open: %w", err)
		}
		cfg := defaultConfig()
		if err := kit.DecodeConfig(validator, doc, &cfg); err != nil {
			return nil, err
		}
		var problems kit.Problems
		cfg.check(&problems)
		if err := problems.Err(notValid); err != nil {
			return nil, err
		}
		s := &Subject{cfg: cfg, def: def, sharing: kit.NewSharing(), memory: memory{cfg: cfg.Stores}}
		s.def.Invariants = kit.ApplyRules(def.Invariants, cfg.Invariants.rules())
		s.def.Open = opener(def, validator)
		if err := s.connect(); err != nil {
			s.disconnect()
			return nil, err
		}
		return s, nil
	}
}

// connect makes the clients, which contact nothing yet.
func (s *Subject) connect() error {
	var problems kit.Problems
	tlsConfig, err := s.cfg.PD.TLS.Config()
	if err == nil {
		s.pd, err = pd.New(pd.Options{Endpoints: s.cfg.PD.Endpoints, TLS: tlsConfig, Timeout: s.cfg.PD.Timeout.Std()})
	}
	problems.AddErr("pd", err)
	if s.cfg.Prometheus != nil {
		opts := s.cfg.Prometheus.Options()
		opts.Labels.Instance = s.cfg.Prometheus.Instance
		s.prometheus, err = prometheus.New(opts)
		problems.AddErr("prometheus", err)
	}
	if err := problems.Err(notValid); err != nil {
		return err
	}
	if s.actor, err = kit.NewActor(s.handlers()...); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	return nil
}

func (s *Subject) disconnect() {
	if s.pd != nil {
		s.pd.Close()
	}
	if s.prometheus != nil {
		s.prometheus.Close()
	}
}

// Definition implements [protocol.Describer].
func (s *Subject) Definition() protocol.Definition { return s.def }

// Act implements [protocol.Subject].
func (s *Subject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	ctx, leave, err := s.life.Enter(ctx, "act")
	if err != nil {
		return protocol.Outcome{}, kit.ActError("act", err, false)
	}
	defer leave()
	return s.actor.Act(ctx, action)
}

// Close gives up the calls in flight and closes the connections.
func (s *Subject) Close() error {
	if s.life.Close() {
		s.disconnect()
	}
	return nil
}
