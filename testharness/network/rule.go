package network

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Rule puts other words in the server's place, on a link that understands
// HTTP.
type Rule struct {
	// Name is unique among the link's rules.
	Name string
	// Path is how the path of a request begins for the rule to hold, in the form
	// in which it was sent ("/api/counters/a%2Fb"); "" is every request. Of
	// several rules that hold, the one that was added last answers.
	Path string
	// Answer answers one request, and says what becomes of the connection. It is
	// called concurrently. Its context ends when the rule is removed, when the
	// client is gone, and with the link; it must return soon then.
	Answer func(ctx context.Context, x *Exchange) After
}

// After is what becomes of a connection after an answer.
type After int

// What becomes of a connection.
const (
	// KeepOpen: the answer was whole, and another request may follow.
	KeepOpen After = iota
	// HangUp ends the connection in good order.
	HangUp
	// Break resets it.
	Break
)

// Answer adds a rule, which holds for every request that is read from now on.
func (l *Link) Answer(r Rule) error {
	switch {
	case !l.http:
		return fmt.Errorf("answer on %s: the link does not understand HTTP", l.Name())
	case r.Name == "" || r.Answer == nil:
		return fmt.Errorf("answer on %s: a rule needs a name and an answer", l.Name())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("answer on %s: %w", l.Name(), ErrClosed)
	}
	if slices.ContainsFunc(l.rules, func(o Rule) bool { return o.Name == r.Name }) {
		return errors.New("answer on " + l.Name() + ": there is a rule " + r.Name + " already")
	}
	l.rules = append(l.rules, r)
	return nil
}

// Unanswer removes a rule, and ends the contexts of its answers that are under
// way. Removing what is not there does nothing.
func (l *Link) Unanswer(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = slices.DeleteFunc(l.rules, func(r Rule) bool { return r.Name == name })
	close(l.changed)
	l.changed = make(chan struct{})
}

// rule finds who answers a request for target, if not the server.
func (l *Link) rule(target string) (Rule, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range slices.Backward(l.rules) {
		if strings.HasPrefix(target, r.Path) {
			return r, true
		}
	}
	return Rule{}, false
}

// whileRule returns a context that ends with the rule.
func (l *Link) whileRule(ctx context.Context, name string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	l.work.Go(func() {
		for {
			there, changed := l.hasRule(name)
			if !there {
				cancel()
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	})
	return ctx, cancel
}

func (l *Link) hasRule(name string) (there bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.rules, func(r Rule) bool { return r.Name == name }), l.changed
}
