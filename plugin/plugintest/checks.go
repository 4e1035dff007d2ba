package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// The bounds where the options name none; they are [plugin.Options]'s.
const (
	defaultStart = 10 * time.Second
	defaultClose = 2 * time.Second
)

// deadline is that of a call which is not to succeed.
const deadline = 500 * time.Millisecond

// ProcessChecks returns the checks of what only a plugin in a process of its
// own promises, for [subjecttest.Suite.Extra]. opts start the plugin as
// [Binary] does. On Windows, which has no signals, there are fewer.
func ProcessChecks(opts plugin.Options) []subjecttest.Check {
	p := processes{bounded(opts)}
	return append([]subjecttest.Check{
		{
			Name:   "process/by_hand",
			Reason: "a plugin that a person starts says what it is and ends with an error, instead of waiting for nobody",
			Run:    p.byHand,
		},
		{
			Name:   "process/stdout",
			Reason: "the first line on standard output is the handshake, and what is printed later harms nobody",
			Run:    p.stdout,
		},
		{
			Name:   "process/restart",
			Reason: "a plugin can be started and closed again and again, and leaves no process and no file",
			Run:    p.restart,
		},
		{
			Name:   "process/oversize",
			Reason: "the largest request there can be is answered and a larger one refused, and both are survived",
			Run:    p.oversize,
		},
		{
			Name:   "process/close",
			Reason: "closing with calls in flight takes no longer than its bound, and fails the calls",
			Run:    p.close,
		},
	}, p.unix()...)
}

// processes are what the checks start.
type processes struct{ opts plugin.Options }

// loaded is a plugin with its subject.
type loaded struct {
	*plugin.Plugin

	subject protocol.Subject
}

// load starts the plugin. The caller closes it.
func (p processes) load(ctx context.Context, config json.RawMessage) (*loaded, error) {
	subject, started, err := plugin.Load(ctx, p.opts, config)
	if err != nil {
		return nil, fmt.Errorf("start the plugin: %w", err)
	}
	return &loaded{started, subject}, nil
}

// serves tells whether the plugin answers.
func (l *loaded) serves(ctx context.Context) error {
	if _, err := l.subject.Observe(ctx); err != nil {
		return fmt.Errorf("observe: %w", err)
	}
	return nil
}

// closeIn closes the plugin and reports what took longer than it may.
func (l *loaded) closeIn(bound time.Duration) error {
	began := time.Now()
	err := l.Close()
	if took := time.Since(began); took > bound {
		err = errors.Join(err, fmt.Errorf("closing the plugin took %s, and may take %s", took, bound))
	}
	select {
	case <-l.Done():
	default:
		err = errors.Join(err, fmt.Errorf("process %d is there after Close", l.PID()))
	}
	return err
}

// wait waits until a condition holds, and no longer than bound or ctx.
func wait(ctx context.Context, bound time.Duration, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return holds()
		}
	}
	return true
}
