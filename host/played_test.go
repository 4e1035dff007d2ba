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

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// played is a subject that plays one look after another; the last is repeated.
type played struct {
	looks  []look
	next   *int // of the next look; shared between the processes of a subject
	dead   bool
	closed *atomic.Int32
	took   time.Duration
}

// look is one call of Observe.
type look struct {
	broken  []string // "invariant/entity"
	unknown []string // "invariant/entity"
	state   string
	err     error
	dies    bool // the process is gone in this call
}

func (p *played) Definition() protocol.Definition {
	return protocol.Definition{Invariants: []protocol.Invariant{
		{Name: "now", Entity: "node", Severity: protocol.Critical},
		{Name: "later", Entity: "node", Severity: protocol.Warning, Grace: 10 * time.Second},
		{Name: "whole", Severity: protocol.Critical},
	}}
}

func (p *played) Observe(ctx context.Context) (protocol.Observation, error) {
	if p.dead {
		return protocol.Observation{}, protocol.Errorf(protocol.Unavailable, "the plugin is gone")
	}
	l := p.looks[min(*p.next, len(p.looks)-1)]
	*p.next++
	began := time.Now()
	select {
	case <-time.After(p.took):
	case <-ctx.Done():
		return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(ctx.Err()), "observe: %w", ctx.Err())
	}
	if l.dies {
		p.dead = true
		return protocol.Observation{}, protocol.Errorf(protocol.Unavailable, "the plugin is gone")
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

// play watches looks at an interval of 5 s, within a bubble.
func play(t *testing.T, opts WatchOptions, looks []look, opens ...error) []string {
	t.Helper()
	start := time.Now()
	var next int
	var opened, closed atomic.Int32
	opts.Name = "sub"
	opts.Open = func(context.Context) (protocol.Subject, error) {
		if n := int(opened.Load()); n > 0 && n <= len(opens) && opens[n-1] != nil {
			err := opens[n-1]
			opens[n-1] = nil
			return nil, err
		}
		opened.Add(1)
		return &played{looks: looks, next: &next, closed: &closed}, nil
	}
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
	if opened.Load() != closed.Load() {
		t.Errorf("%d opened, %d closed", opened.Load(), closed.Load())
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
