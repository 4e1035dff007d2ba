package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// closeChecks are about closing.
func closeChecks() []Check {
	return []Check{
		{"close/again", "closing succeeds, also a second time and from several callers at once", closeAgain},
		{"close/fails_calls", "after Close calls fail with FailedPrecondition, and an action has changed nothing", closeFailsCalls},
		{"close/in_flight", "Close is bounded, and ends the calls that are under way", closeInFlight},
		{"close/releases", "Close releases what the subject holds: no goroutine of its own is left", closeReleases},
	}
}

// closer returns what closes an opened subject. One in this process that is no
// io.Closer holds nothing; one in another is closed with its process.
func (o *Opened) closer() (func() error, error) {
	if c, ok := o.subject.(io.Closer); ok {
		return c.Close, nil
	}
	if _, here := o.Instance.(*inProcess); here {
		return nil, NotApplicable("the subject is no io.Closer")
	}
	return o.Instance.Close, nil
}

// closable opens the subject of the running system, and finds what closes it.
func closable(ctx context.Context, open func(context.Context) (*Opened, error)) (*Opened, func() error, error) {
	o, err := open(ctx)
	if err != nil {
		return nil, nil, err
	}
	closeIt, err := o.closer()
	return o, closeIt, err
}

func closeAgain(ctx context.Context, e *Env) error {
	o, closeIt, err := closable(ctx, e.up)
	if err != nil {
		return err
	}
	if _, err := o.look(ctx); err != nil {
		return err
	}
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = e.close(ctx, closeIt) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("of %d calls at once of Close: %w", len(errs), err)
	}
	if err := e.close(ctx, closeIt); err != nil {
		return fmt.Errorf("Close a second time: %w", err)
	}
	if err := e.close(ctx, o.Instance.Close); err != nil {
		return fmt.Errorf("Close of the instance after that of its subject: %w", err)
	}
	return nil
}

func closeFailsCalls(ctx context.Context, e *Env) error {
	o, closeIt, err := closable(ctx, e.up)
	if err != nil {
		return err
	}
	if err := e.close(ctx, closeIt); err != nil {
		return fmt.Errorf("Close: %w", err)
	}
	var p problems
	if _, err := o.Observe(ctx); protocol.CodeOf(err) != protocol.FailedPrecondition {
		p.addf("Observe after Close: want FailedPrecondition, got %s", told(err))
	}
	actions := []protocol.Action{{Name: "subjecttest_no_such_action", ID: "1"}}
	for _, spec := range o.Definition.Actions {
		actions = append(actions, protocol.Action{Name: spec.Name, ID: protocol.NewActionID(), Params: e.suite.Actions[spec.Name].Params})
	}
	for i, a := range actions {
		for _, dryRun := range []bool{true, false} {
			a.DryRun = dryRun
			_, err := o.Act(ctx, a)
			code := protocol.CodeOf(err)
			if i == 0 && code == protocol.InvalidArgument {
				code = protocol.FailedPrecondition // either may be found first
			}
			if code != protocol.FailedPrecondition || protocol.EffectOf(err) != protocol.EffectNone {
				p.addf("Act %s after Close: want FailedPrecondition with the Effect %s, got %s", a.Name, protocol.EffectNone, told(err))
			}
		}
	}
	return p.err()
}

// closeInFlight closes a subject that waits for a system that never answers.
func closeInFlight(ctx context.Context, e *Env) error {
	o, closeIt, err := closable(ctx, e.hang)
	if err != nil {
		return err
	}
	calls, abandon := context.WithCancel(ctx)
	defer abandon()
	var begun, all sync.WaitGroup
	for i := range callers {
		begun.Add(1)
		all.Go(func() {
			begun.Done()
			if name := inFlight(o, i); name != "" {
				_, _ = o.Act(calls, protocol.Action{Name: name, ID: protocol.NewActionID(), Params: e.suite.Actions[name].Params})
			} else {
				_, _ = o.Observe(calls)
			}
		})
	}
	begun.Wait()
	// How far a call is nobody can see from here; what it waits for lasts longer.
	time.Sleep(pollInterval)
	if err := e.close(ctx, closeIt); err != nil {
		return fmt.Errorf("Close with %d calls under way: %w", callers, err)
	}
	left := make(chan struct{})
	go func() {
		defer close(left)
		all.Wait()
	}()
	late := time.NewTimer(e.suite.Slack)
	defer late.Stop()
	select {
	case <-left:
		return nil
	case <-late.C:
	}
	pending := e.pending()
	abandon()
	return fmt.Errorf("%s after Close had returned calls were still under way: %s", e.suite.Slack, pending)
}

// inFlight names the action that one of many callers does, none for Observe.
func inFlight(o *Opened, caller int) string {
	if actions := o.Definition.Actions; len(actions) > 0 && caller%2 == 1 {
		return actions[caller/2%len(actions)].Name
	}
	return ""
}
