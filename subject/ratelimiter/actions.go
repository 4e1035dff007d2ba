package ratelimiter

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// The names of the actions.
const (
	resetCounter = "reset_counter"
	updateLimit  = "update_limit"
)

// handlers returns how the actions of the catalogue are done.
func (s *Subject) handlers() []kit.Handler {
	var handlers []kit.Handler
	for _, spec := range s.def.Actions {
		switch spec.Name {
		case resetCounter:
			handlers = append(handlers, kit.Handle(spec, s.resetCounter))
		case updateLimit:
			handlers = append(handlers, kit.Handle(spec, s.updateLimit))
		}
	}
	return handlers
}

func (s *Subject) resetCounter(ctx context.Context, p resetParams, dryRun bool) (protocol.Outcome, error) {
	before, err := s.before(ctx, resetCounter, p.Key)
	if err != nil {
		return protocol.Outcome{}, err
	}
	change := protocol.Change{Entity: p.Key, Field: "count", Before: before.count, After: json.RawMessage("0")}
	if dryRun {
		if before.absent {
			return protocol.Outcome{Status: protocol.OutcomePlanned, Message: "the key has no counter: there is nothing to reset"}, nil
		}
		return protocol.Outcome{
			Status:  protocol.OutcomePlanned,
			Message: "would empty the key's window",
			Changes: []protocol.Change{change},
		}, nil
	}

	ctx, cancel := context.WithTimeout(ctx, s.cfg.Management.Timeout.Std())
	defer cancel()
	reset, err := s.clients.management.ResetCounter(ctx, p.Key)
	if err != nil {
		return protocol.Outcome{}, s.failed(resetCounter, p.Key, before.window, err)
	}
	if !reset.Reset {
		return protocol.Outcome{Status: protocol.OutcomeUnchanged, Message: "the key has no counter: there was nothing to reset"}, nil
	}
	s.memory.settle(p.Key, before.window, time.Now())
	return protocol.Outcome{
		Status:  protocol.OutcomeAccepted,
		Message: "the key's window was emptied",
		Changes: []protocol.Change{change},
	}, nil
}

func (s *Subject) updateLimit(ctx context.Context, p updateParams, dryRun bool) (protocol.Outcome, error) {
	before, err := s.before(ctx, updateLimit, p.Key)
	if err != nil {
		return protocol.Outcome{}, err
	}
	window := time.Duration(p.WindowMS) * time.Millisecond
	if window == 0 {
		window = before.defaults.Window()
	}
	if before.own != nil && *before.own == (redis.Limit{Limit: p.Limit, Window: window}) {
		status := protocol.OutcomeUnchanged
		if dryRun {
			status = protocol.OutcomePlanned
		}
		return protocol.Outcome{Status: status, Message: "the key has this limit already"}, nil
	}
	if dryRun {
		return protocol.Outcome{
			Status:  protocol.OutcomePlanned,
			Message: "would give the key a limit of its own",
			Changes: limitChanges(p.Key, before, p.Limit, window),
		}, nil
	}

	ctx, cancel := context.WithTimeout(ctx, s.cfg.Management.Timeout.Std())
	defer cancel()
	update, err := s.clients.management.UpdateLimit(ctx, p.Key, p.Limit, time.Duration(p.WindowMS)*time.Millisecond)
	if err != nil {
		return protocol.Outcome{}, s.failed(updateLimit, p.Key, max(before.window, window), err)
	}
	if !update.Updated {
		return protocol.Outcome{}, &protocol.Error{
			Code: protocol.FailedPrecondition, Effect: protocol.EffectNone,
			Message: updateLimit + ": the service answered that it did not update the limit",
		}
	}
	s.memory.settle(p.Key, max(before.window, update.Window()), time.Now())
	return protocol.Outcome{
		Status:  protocol.OutcomeAccepted,
		Message: fmt.Sprintf("the key's limit is now %d per %s", update.Limit, kit.Duration(update.Window())),
		Changes: limitChanges(p.Key, before, update.Limit, update.Window()),
	}, nil
}

// failed makes the contract's error of a change that failed. One that may have
// been made all the same is remembered as made.
func (s *Subject) failed(op, key string, window time.Duration, err error) error {
	err = kit.ActError(op, err, true)
	if protocol.EffectOf(err) != protocol.EffectNone {
		s.memory.settle(key, window, time.Now())
	}
	return err
}

func limitChanges(key string, before beforeAction, limit int64, window time.Duration) []protocol.Change {
	return []protocol.Change{
		{Entity: key, Field: "limit", Before: before.limit, After: number(limit)},
		{Entity: key, Field: "window_ms", Before: before.windowMS, After: number(window.Milliseconds())},
	}
}

// beforeAction is how a key was before an action; a field that could not be
// read is nil.
type beforeAction struct {
	defaults               ratelimiter.Limits
	own                    *redis.Limit
	absent                 bool // it is known that there is no counter
	window                 time.Duration
	count, limit, windowMS json.RawMessage
}

// before reads how a key is. The management API has to answer: that makes sure,
// before anything is sent that must not be sent twice, that there is somebody
// to send it to, and which endpoint that is. What else cannot be read is left
// out of the changes and keeps nobody from acting.
func (s *Subject) before(ctx context.Context, op, key string) (beforeAction, error) {
	var b beforeAction
	limitsCtx, cancel := context.WithTimeout(ctx, s.cfg.Management.Timeout.Std())
	defer cancel()
	var err error
	if b.defaults, err = s.clients.management.Limits(limitsCtx); err != nil {
		return b, kit.ActError(op+": nothing was changed", err, false)
	}
	b.window = b.defaults.Window()
	if s.clients.redis == nil {
		s.beforeByAPI(ctx, key, &b)
		return b, nil
	}
	redisCtx, cancel := context.WithTimeout(ctx, s.cfg.Redis.Timeout.Std())
	defer cancel()
	window := b.window
	if window <= 0 {
		window = fallbackWindow
	}
	found, err := s.clients.redis.Counters(redisCtx, []string{key}, window)
	if err != nil || found[0].Err != nil {
		return b, nil
	}
	c := found[0]
	b.absent, b.own = !c.Present, c.Own
	b.count = number(c.InForce)
	b.limit, b.windowMS = number(b.defaults.DefaultLimit), number(b.defaults.DefaultWindowMS)
	if c.Own != nil {
		b.window = c.Own.Window
		b.limit, b.windowMS = number(c.Own.Limit), number(c.Own.Window.Milliseconds())
	}
	return b, nil
}

// beforeByAPI makes do with what the management API lists.
func (s *Subject) beforeByAPI(ctx context.Context, key string, b *beforeAction) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Management.Timeout.Std())
	defer cancel()
	counters, err := s.clients.management.Counters(ctx)
	if err != nil {
		return
	}
	for _, c := range counters {
		if c.Key == key {
			b.count, b.limit = number(c.Count), number(c.Limit)
			return
		}
	}
	b.absent = len(counters) < listBound
}

func number(n int64) json.RawMessage { return json.RawMessage(strconv.FormatInt(n, 10)) }
