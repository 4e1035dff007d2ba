package ratelimiter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// Subject is one rate limiter. Open makes it; see [protocol.Subject].
type Subject struct {
	cfg     Config
	def     protocol.Definition
	clients clients
	sharing *kit.Sharing
	census  *census // nil without Redis
	memory  *memory
	actor   *kit.Actor
	life    kit.Lifetime
}

var (
	_ protocol.Subject   = (*Subject)(nil)
	_ protocol.Describer = (*Subject)(nil)
	_ io.Closer          = (*Subject)(nil)
)

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
		c, err := newClients(cfg)
		if err != nil {
			return nil, err
		}
		s := &Subject{cfg: cfg, def: def, clients: c, sharing: kit.NewSharing(), memory: newMemory(cfg)}
		s.def.Invariants = kit.ApplyRules(def.Invariants, cfg.Invariants.rules())
		s.def.Open = opener(def, validator)
		if c.redis != nil {
			if s.census, err = newCensus(c.redis, cfg); err != nil {
				c.close()
				return nil, fmt.Errorf("open: %w", err)
			}
		}
		if s.actor, err = kit.NewActor(s.handlers()...); err != nil {
			c.close()
			return nil, fmt.Errorf("open: %w", err)
		}
		return s, nil
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
		s.clients.close()
	}
	return nil
}
