package subjecttest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// callers is how many calls are made at once.
const callers = 20

// observeAtOnce observes many times at once, and returns what was seen.
func observeAtOnce(ctx context.Context, o *Opened) ([]look, error) {
	seen, errs := make([]look, callers), make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() { seen[i], errs[i] = o.look(ctx) })
	}
	all.Wait()
	var p problems
	for i, err := range errs {
		if err == nil {
			err = o.valid(seen[i])
		}
		if err != nil {
			p.addf("of %d calls at once, one: %s", callers, told(err))
		}
	}
	return seen, p.err()
}

func observeConcurrent(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	_, err = observeAtOnce(ctx, o)
	return err
}

// observeChangesNothing reads the system before and after: by itself where the
// suite was told how, and by what each action would change of it.
func observeChangesNothing(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	trials, err := e.trials(o)
	if _, none := whyNotApplicable(err); err != nil && !none {
		return err
	}
	if e.suite.Probe == nil && len(trials) == 0 {
		return NotApplicable("there is nothing to read the system by: no action is declared, and Suite.Probe is not given")
	}
	for _, t := range trials {
		if err := t.before(ctx); err != nil {
			return err
		}
	}
	read := func() (string, error) {
		var all strings.Builder
		if e.suite.Probe != nil {
			text, err := e.probe(ctx, e.suite.Probe)
			if err != nil {
				return "", err
			}
			all.WriteString(text)
		}
		for _, t := range trials {
			text, err := t.probe(ctx)
			if err != nil {
				return "", err
			}
			all.WriteString("\n" + text)
		}
		return all.String(), nil
	}
	before, err := read()
	if err != nil {
		return err
	}
	for range looks {
		if _, err := o.look(ctx); err != nil {
			return err
		}
	}
	if _, err := observeAtOnce(ctx, o); err != nil {
		return err
	}
	after, err := read()
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("after %d observations the system is another: %s", looks+callers, difference([]byte(before), []byte(after)))
	}
	return nil
}

// scribble is what a careless caller does to an observation.
func scribble(o *protocol.Observation) {
	for i := range o.Sources {
		o.Sources[i] = protocol.Source{Name: "scribbled"}
	}
	for i := range o.Violations {
		if v := o.Violations[i].Value; v != nil {
			*v = -1
		}
		if v := o.Violations[i].Threshold; v != nil {
			*v = -1
		}
		o.Violations[i] = protocol.Violation{Invariant: "scribbled"}
	}
	for i := range o.Unchecked {
		o.Unchecked[i] = protocol.Unchecked{Invariant: "scribbled"}
	}
	for i := range o.State {
		o.State[i] = '?'
	}
}

func observeNotShared(ctx context.Context, e *Env) error {
	for _, open := range []func(context.Context) (*Opened, error){e.up, e.down} {
		o, err := open(ctx)
		if err != nil {
			return err
		}
		seen, err := observeAtOnce(ctx, o)
		if err != nil {
			return err
		}
		docs := make([]json.RawMessage, len(seen))
		for i := range seen {
			if docs[i], err = json.Marshal(seen[i].Observation); err != nil {
				return fmt.Errorf("it has no JSON: %w", err)
			}
		}
		for i := 0; i < len(seen); i += 2 {
			scribble(&seen[i].Observation)
		}
		for i := 1; i < len(seen); i += 2 {
			if doc, err := json.Marshal(seen[i].Observation); err != nil || string(doc) != string(docs[i]) {
				return fmt.Errorf("one caller wrote into its observation, and another caller's became another: %s", difference(docs[i], doc))
			}
		}
		next, err := o.look(ctx)
		if err == nil {
			err = o.valid(next)
		}
		if err == nil && strings.Contains(fmt.Sprint(next.Sources, next.Violations, next.Unchecked), "scribbled") {
			err = fmt.Errorf("it has what the caller wrote")
		}
		if err != nil {
			return fmt.Errorf("a caller wrote into its observation, and the next one is not right: %s", told(err))
		}
	}
	return nil
}

func observeAgain(ctx context.Context, e *Env) error {
	o, err := e.up(ctx)
	if err != nil {
		return err
	}
	for what, end := range ended {
		over, cancel := end(ctx)
		_, _ = o.Observe(over)
		cancel()
		l, err := o.look(ctx)
		if err == nil {
			err = o.valid(l)
		}
		if err != nil {
			return fmt.Errorf("after a call with %s: %s", what, told(err))
		}
	}
	return nil
}
