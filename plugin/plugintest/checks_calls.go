package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// envelope is how much larger a request may be than its parameters: names,
// lengths, tags.
const envelope = 1 << 10

// oversize sends a dry run with parameters as long as can be, which no schema
// wants.
func (p processes) oversize(ctx context.Context, env *subjecttest.Env) error {
	l, err := p.load(ctx, env.Suite().Config)
	if err != nil {
		return err
	}
	return errors.Join(l.refusesOversize(ctx), l.closeIn(p.opts.CloseTimeout+env.Suite().Slack))
}

func (l *loaded) refusesOversize(ctx context.Context) error {
	name := "no_such_action"
	if actions := protocol.DefinitionOf(l.subject, l.Definition()).Actions; len(actions) > 0 {
		name = actions[0].Name
	}
	for _, try := range []struct {
		what string
		size int
		want protocol.Code
	}{
		{"just under the largest message", plugin.MaxMessageBytes - envelope, protocol.InvalidArgument},
		{"over the largest message", plugin.MaxMessageBytes + envelope, protocol.ResourceExhausted},
	} {
		_, err := l.subject.Act(ctx, protocol.Action{Name: name, Params: paramsOf(try.size), DryRun: true})
		accepted := err == nil && try.want == protocol.InvalidArgument
		if code := protocol.CodeOf(err); code != try.want && !accepted {
			return fmt.Errorf("a dry run of %s with parameters %s, %d bytes: want %s, got %q: %w", name, try.what, try.size, try.want, code, orNone(err))
		}
		if err != nil && protocol.EffectOf(err) != protocol.EffectNone {
			return fmt.Errorf("a dry run of %s that was refused has the effect %q, want %q: %w", name, protocol.EffectOf(err), protocol.EffectNone, err)
		}
		if err := l.serves(ctx); err != nil {
			return fmt.Errorf("after parameters %s: %w", try.what, err)
		}
	}
	return nil
}

func orNone(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

// paramsOf returns an object of so many bytes.
func paramsOf(size int) json.RawMessage {
	const head, end = `{"conformance_oversize":"`, `"}`
	params := make([]byte, 0, size)
	params = append(params, head...)
	params = append(params, bytes.Repeat([]byte("x"), size-len(head)-len(end))...)
	return append(params, end...)
}

// callers is how many calls are in flight when a plugin is closed.
const callers = 4

// close closes a plugin while it is observing a system that does not answer.
func (p processes) close(ctx context.Context, env *subjecttest.Env) error {
	l, err := p.load(ctx, env.Suite().Hang)
	if err != nil {
		return err
	}
	var (
		calls  sync.WaitGroup
		begun  = make(chan struct{}, callers)
		failed = make(chan error, callers)
	)
	for range callers {
		calls.Go(func() {
			begun <- struct{}{}
			for {
				// Those that end before the plugin does are followed by others.
				if err := l.serves(ctx); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for range callers {
		<-begun
	}
	err = l.closeIn(p.opts.CloseTimeout + env.Suite().Slack)
	calls.Wait()
	close(failed)
	for callErr := range failed {
		if code := protocol.CodeOf(callErr); code != protocol.FailedPrecondition && code != protocol.Unavailable {
			err = errors.Join(err, fmt.Errorf("a call in flight when the plugin was closed: want %s or %s, got %s: %w",
				protocol.FailedPrecondition, protocol.Unavailable, code, callErr))
		}
	}
	return err
}

// late reports a call that was longer than its context and slack.
func late(what string, took, may, slack time.Duration) error {
	if took > may+slack {
		return fmt.Errorf("%s took %s, and its deadline was after %s", what, took, may)
	}
	return nil
}
