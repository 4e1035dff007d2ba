package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Walk tells a story about one subject, observing it all the while.
type Walk struct {
	out     io.Writer
	paint   Paint
	subject protocol.Subject
	tracker *protocol.Tracker

	step      int
	last      protocol.Observation
	detected  []detection
	observing time.Duration // how long the last observation took
}

// detection is a line of the closing table.
type detection struct {
	what, seen string
	after      time.Duration
}

// interval is how often a Walk looks. It is quicker than a host would, to show
// what detection itself takes.
const interval = 200 * time.Millisecond

// NewWalk returns a Walk that writes to out.
func NewWalk(out io.Writer, paint Paint) *Walk { return &Walk{out: out, paint: paint} }

// Watch makes subject the one that is observed.
func (w *Walk) Watch(subject protocol.Subject, def protocol.Definition) {
	w.subject = subject
	w.tracker = protocol.NewTracker(protocol.DefinitionOf(subject, def).Invariants)
}

// Step begins the next part of the story.
func (w *Walk) Step(title string) {
	w.step++
	fmt.Fprintf(w.out, "\n%s\n", w.paint.Bold(fmt.Sprintf("%d. %s", w.step, title)))
}

// Say writes a line.
func (w *Walk) Say(format string, args ...any) {
	fmt.Fprintf(w.out, "   "+format+"\n", args...)
}

// Observe looks once and shows every ticket that fired or was resolved.
func (w *Walk) Observe(ctx context.Context, since time.Time) ([]protocol.Transition, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	start := time.Now()
	o, err := w.subject.Observe(ctx)
	w.observing = time.Since(start)
	if err != nil {
		w.tracker.Missed(start, err.Error())
		return nil, fmt.Errorf("observe: %w", err)
	}
	w.last = o
	changed := w.tracker.Update(o)
	for _, tr := range changed {
		w.show(tr, time.Since(since))
	}
	return changed, nil
}

func (w *Walk) show(tr protocol.Transition, after time.Duration) {
	name := tr.Ticket.Invariant
	if tr.Ticket.Entity != "" {
		name += " " + failure.Line(tr.Ticket.Entity)
	}
	switch tr.To {
	case protocol.Firing:
		w.Say("%s  %-26s %s", w.paint.Red("✗ firing  "), name, w.paint.Dim(fmt.Sprintf("after %s", brief(after))))
		w.Say("             %s", w.paint.Dim(failure.Line(tr.Ticket.Message)))
	case protocol.Resolved:
		w.Say("%s  %-26s %s", w.paint.Green("✓ resolved"), name, w.paint.Dim(fmt.Sprintf("after %s", brief(after))))
	case protocol.Pending:
		w.Say("%s  %-26s %s", w.paint.Yellow("· pending "), name, w.paint.Dim("within its grace period: nobody is told yet"))
	case protocol.Cleared:
		w.Say("%s  %-26s %s", w.paint.Dim("· cleared "), name, w.paint.Dim("within its grace period"))
	}
}

// Until observes until done, for at most bound. what says what is waited for.
func (w *Walk) Until(ctx context.Context, what string, bound time.Duration, since time.Time,
	done func(o protocol.Observation, changed []protocol.Transition) bool,
) error {
	ctx, cancel := context.WithTimeoutCause(ctx, bound, fmt.Errorf("waited %s for: %s", bound, what))
	defer cancel()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		changed, err := w.Observe(ctx, since)
		if err == nil && done(w.last, changed) {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err, w.verdicts())
		case <-ticker.C:
		}
	}
}

// verdicts is what was last known, for the error of a walk that ended early.
func (w *Walk) verdicts() error { return fmt.Errorf("the last observation says: %s", w.last.Summary) }

// Becomes waits for a ticket on one entity, or on the system as a whole, to
// reach a state, and notes how long that took since the cause.
func (w *Walk) Becomes(ctx context.Context, cause, invariant, entity string, state protocol.TicketState, bound time.Duration, since time.Time) error {
	what := fmt.Sprintf("%s %s to be %s", invariant, entity, state)
	for _, ticket := range w.tracker.Tickets() {
		if ticket.Invariant == invariant && ticket.Entity == entity && ticket.State == state {
			return nil // it came with another's observation, and was noted there
		}
	}
	return w.Until(ctx, what, bound, since, func(_ protocol.Observation, changed []protocol.Transition) bool {
		found := false
		for _, tr := range changed {
			if tr.To == state && (state == protocol.Firing || state == protocol.Resolved) {
				w.detected = append(w.detected, detection{cause, fmt.Sprintf("%s %s", tr.Ticket.Invariant, state), time.Since(since)})
			}
			found = found || tr.Ticket.Invariant == invariant && tr.Ticket.Entity == entity && tr.To == state
		}
		return found || state == protocol.Resolved && !w.open(invariant, entity)
	})
}

func (w *Walk) open(invariant, entity string) bool {
	for _, ticket := range w.tracker.Tickets() {
		if ticket.Invariant == invariant && ticket.Entity == entity {
			return true
		}
	}
	return false
}

// Close writes the table of what was noticed, and when.
func (w *Walk) Close(total time.Duration) {
	fmt.Fprintf(w.out, "\n%s\n", w.paint.Bold("What was noticed, and how soon"))
	for _, d := range w.detected {
		w.Say("%-34s %-30s %8s", d.what, d.seen, brief(d.after))
	}
	fmt.Fprintf(w.out, "\n%s\n", w.paint.Green(fmt.Sprintf("Done in %s. Everything was stopped and nothing is left.", brief(total))))
}

// brief renders a duration for people: three digits at most.
func brief(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
}
