package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// played is a subject that plays one look after another; the last is repeated.
// Its process can be replaced, as that of a [Subject].
type played struct {
	looks      []look
	next       int // of the next look
	generation uint64
	events     chan supervisor.Event
	closed     atomic.Int32
	took       time.Duration
	silent     bool // nobody hears of what happens
}

// look is one call of Observe.
type look struct {
	broken  []string // "invariant/entity"
	unknown []string // "invariant/entity"
	state   string
	err     error
	// dies ends the process in this call, which the next process then answers with
	// the next look; stays says that there is none, and then err is the answer.
	dies, stays bool
	swaps       bool // a reload puts another process into service before this look
	refused     bool // a reload is refused before this look
	declares    []protocol.Invariant
	unheard     bool // what the process declares is not known any more
}

func play(looks ...look) *played {
	return &played{looks: looks, generation: 1, events: make(chan supervisor.Event, 64)}
}

func (p *played) look() look { return p.looks[min(p.next, len(p.looks)-1)] }

func (p *played) say(e supervisor.Event) {
	if e.Time = time.Now(); !p.silent {
		p.events <- e
	}
}

func (p *played) Events() <-chan supervisor.Event { return p.events }

func (p *played) Definition() protocol.Definition {
	return protocol.Definition{Invariants: []protocol.Invariant{
		{Name: "now", Entity: "node", Severity: protocol.Critical},
		{Name: "later", Entity: "node", Severity: protocol.Warning, Grace: 10 * time.Second},
		{Name: "whole", Severity: protocol.Critical},
	}}
}

func (p *played) DefinitionFrom(generation uint64) (protocol.Definition, bool) {
	last := p.looks[min(p.next, len(p.looks))-1]
	def := p.Definition()
	if last.declares != nil {
		def.Invariants = last.declares
	}
	return def, generation == p.generation && !last.unheard
}

func (p *played) Observe(ctx context.Context) (protocol.Observation, error) {
	o, _, err := p.ObserveFrom(ctx)
	return o, err
}

func (p *played) ObserveFrom(ctx context.Context) (protocol.Observation, uint64, error) {
	l := p.look()
	for ; l.dies; l = p.look() {
		died := protocol.Errorf(protocol.Unavailable, "last words")
		p.say(supervisor.Event{Type: supervisor.EventDown, Generation: p.generation, Err: died})
		p.next++
		if l.stays {
			p.say(supervisor.Event{Type: supervisor.EventFailed, Generation: p.generation, Err: died})
			return protocol.Observation{}, p.generation, l.err
		}
		p.generation++
		p.say(supervisor.Event{Type: supervisor.EventRunning, Generation: p.generation})
	}
	switch {
	case l.swaps:
		p.generation++
		p.say(supervisor.Event{Type: supervisor.EventSwapped, Generation: p.generation})
	case l.refused:
		p.say(supervisor.Event{Type: supervisor.EventSwapRefused, Generation: p.generation, Err: errors.New("no good")})
	}
	p.next++
	o, err := l.observe(ctx, p.took)
	return o, p.generation, err
}

func (l look) observe(ctx context.Context, took time.Duration) (protocol.Observation, error) {
	began := time.Now()
	select {
	case <-time.After(took):
	case <-ctx.Done():
		return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(ctx.Err()), "observe: %w", ctx.Err())
	}
	o := protocol.Observation{Time: began, Summary: "look", State: json.RawMessage(l.state)}
	for _, s := range l.broken {
		inv, entity, _ := strings.Cut(s, "/")
		o.Violations = append(o.Violations, protocol.Violation{Invariant: inv, Entity: entity, Severity: protocol.Critical, Message: "bad"})
	}
	for _, s := range l.unknown {
		inv, entity, _ := strings.Cut(s, "/")
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: inv, Entity: entity, Source: "db", Reason: "down"})
	}
	return o, l.err
}

func (p *played) Act(context.Context, protocol.Action) (protocol.Outcome, error) {
	return protocol.Outcome{}, errors.ErrUnsupported
}

func (p *played) Close() error {
	p.closed.Add(1)
	return nil
}

// short renders an event for comparison: seconds since the start, what, which.
func short(start time.Time, e Event) string {
	s := fmt.Sprintf("%gs %s", e.Time.Sub(start).Seconds(), e.Type)
	if e.Invariant != "" {
		s += " " + e.Invariant + "/" + e.Entity
	}
	if e.Verdict != "" {
		s += " " + string(e.Verdict)
	}
	if e.AfterRestart {
		s += " after restart"
	}
	return s
}

// watched watches looks at an interval of 5 s, within a bubble.
func watched(t *testing.T, opts WatchOptions, p *played) []string {
	t.Helper()
	start := time.Now()
	opts.Name = "sub"
	opts.Open = func(context.Context) (protocol.Subject, error) { return p, nil }
	var got []string
	err := Watch(t.Context(), opts, func(events []Event) error {
		for _, e := range events {
			if e.Subject != "sub" || e.Time.Location() != time.UTC {
				t.Errorf("an event of %q at %s", e.Subject, e.Time)
			}
			got = append(got, short(start, e))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if p.closed.Load() != 1 {
		t.Errorf("%d times closed", p.closed.Load())
	}
	return got
}

func times(n int, l look) []look {
	looks := make([]look, n)
	for i := range looks {
		looks[i] = l
	}
	return looks
}

func concat(lists ...[]look) []look {
	var all []look
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
