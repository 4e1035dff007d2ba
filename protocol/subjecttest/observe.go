package subjecttest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// observeChecks are about Observe on a running system.
func observeChecks() []Check {
	return slices.Concat([]Check{
		{"observe/valid", "an observation is as the Definition declares it: known invariants, state by its schema, sane times", onEach(observeValid)},
		{"observe/json", "an observation is data: it has JSON, which leads back to the same", onEach(observeJSON)},
		{"observe/time", "Time is when the observation began, in UTC, and Duration how long it took", onEach(observeTime)},
		{"observe/summary", "Summary says in one line how the system is", onEach(observeSummary)},
		{"observe/sources", "each source has a name of its own, a known class, and a message unless it is OK", onEach(observeSources)},
		{"observe/source_order", "sources are in a fixed order, so that two observations can be compared", onEach(observeSourceOrder)},
		{"observe/worst_first", "violations are worst first, so that whoever cuts the list loses the least", onEach(observeWorstFirst)},
		{"observe/stable_order", "the verdicts on a system that has not changed are in the same order", onEach(observeStableOrder)},
		{"observe/one_verdict", "an invariant has one verdict for each entity, and none for an entity that it has not", onEach(observeOneVerdict)},
		{"observe/messages", "each violation says what is wrong, for a person", onEach(observeMessages)},
		{"observe/unchecked", "what is unknown says why, and which of the sources is to blame", onEach(observeUnchecked)},
		{"observe/size", "an observation is bounded", onEach(observeSize)},
		{"observe/concurrent", "Observe may be called concurrently", observeConcurrent},
		{"observe/changes_nothing", "Observe never changes the system", observeChangesNothing},
		{"observe/not_shared", "observations share no memory: what a caller does to one is not seen in another", observeNotShared},
		{"observe/again", "Observe may be called again whatever the last call returned", observeAgain},
	}, observeTimeChecks(), observeDownChecks())
}

// look is one observation, and when it was asked for and there.
type look struct {
	protocol.Observation

	asked, there time.Time
}

// looks is how many observations of one system are compared.
const looks = 3

// onEach makes a check of the observations of one system, first of the running
// one and then of the one that is down: each has verdicts that the other lacks.
func onEach(try func(e *Env, o *Opened, seen []look) error) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error {
		for _, system := range []struct {
			name string
			open func(context.Context) (*Opened, error)
		}{{"running", e.up}, {"unreachable", e.down}} {
			o, err := system.open(ctx)
			if err != nil {
				return err
			}
			seen := make([]look, looks)
			for i := range seen {
				if seen[i], err = o.look(ctx); err != nil {
					return fmt.Errorf("observing the %s system: %w", system.name, err)
				}
			}
			if err := try(e, o, seen); err != nil {
				return fmt.Errorf("observing the %s system: %w", system.name, err)
			}
		}
		return nil
	}
}

// look observes within a time in which a host would.
func (o *Opened) look(ctx context.Context) (look, error) {
	ctx, cancel := context.WithTimeout(ctx, o.env.suite.Patience)
	defer cancel()
	asked := time.Now()
	observation, err := o.Observe(ctx)
	if err != nil {
		return look{}, fmt.Errorf("Observe returned %s; a source that fails is no error", told(err))
	}
	return look{observation, asked, time.Now()}, nil
}

// valid returns what is wrong with an observation by the Definition in force.
func (o *Opened) valid(l look) error { return o.checker.Observation(l.Observation, l.there) }

func observeValid(_ *Env, o *Opened, seen []look) error {
	var p problems
	for _, l := range seen {
		if err := o.valid(l); err != nil {
			p.addf("%s", told(err))
		}
	}
	return p.err()
}

func observeJSON(_ *Env, _ *Opened, seen []look) error {
	for _, l := range seen {
		doc, err := json.Marshal(l.Observation)
		if err != nil {
			return fmt.Errorf("it has no JSON: %w", err)
		}
		var back protocol.Observation
		if err := json.Unmarshal(doc, &back); err != nil {
			return fmt.Errorf("its JSON does not lead back: %w", err)
		}
		again, err := json.Marshal(back)
		if err != nil {
			return fmt.Errorf("what its JSON leads to has no JSON: %w", err)
		}
		if string(doc) != string(again) {
			return fmt.Errorf("its JSON leads to another one: %s", difference(doc, again))
		}
	}
	return nil
}

// clockSkew is how far the clocks of a subject and of the suite may be apart:
// they are on one machine, but one may be read coarsely.
const clockSkew = 100 * time.Millisecond

func observeTime(_ *Env, _ *Opened, seen []look) error {
	var p problems
	for _, l := range seen {
		took := l.there.Sub(l.asked)
		switch {
		case l.Time.IsZero():
			p.addf("it has no Time")
		case l.Time.Location() != time.UTC:
			p.addf("its Time is in %s, want UTC", l.Time.Location())
		case l.Time.Before(l.asked.Add(-clockSkew)) || l.Time.After(l.there.Add(clockSkew)):
			p.addf("its Time is %s, and it was asked for at %s and there at %s",
				l.Time.Format(time.RFC3339Nano), l.asked.UTC().Format(time.RFC3339Nano), l.there.UTC().Format(time.RFC3339Nano))
		}
		if l.Duration < 0 || l.Duration > took+clockSkew {
			p.addf("its Duration is %s, and the call took %s", l.Duration, took)
		}
	}
	return p.err()
}

func observeSummary(_ *Env, _ *Opened, seen []look) error {
	for _, l := range seen {
		if !oneLine(l.Summary) {
			return fmt.Errorf("the summary is %s, want one line of text", quoted(l.Summary))
		}
	}
	return nil
}

// classes are the contract's classes of a source.
var classes = []protocol.SourceClass{
	protocol.SourceOK, protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceDeadline, protocol.SourceRefused,
	protocol.SourceFailing, protocol.SourceMalformed, protocol.SourcePartial, protocol.SourceSkipped, protocol.SourceNotConfigured,
}

func observeSources(_ *Env, _ *Opened, seen []look) error {
	var p problems
	for _, l := range seen {
		names := make(map[string]bool)
		if len(l.Sources) == 0 {
			p.addf("it lists no source, so nobody can tell what was read")
		}
		for i, s := range l.Sources {
			switch {
			case s.Name == "" || names[s.Name]:
				p.addf("the name of sources[%d] is %s, want one of its own", i, quoted(s.Name))
			case !slices.Contains(classes, s.Class):
				p.addf("the class of source %s is %s, which is none of the contract's", quoted(s.Name), quoted(string(s.Class)))
			case s.Class == protocol.SourceOK && s.Message != "":
				p.addf("source %s is OK and has the message %s, want none", quoted(s.Name), quoted(s.Message))
			case s.Class != protocol.SourceOK && strings.TrimSpace(s.Message) == "":
				p.addf("source %s is %s and has no message that says what to do", quoted(s.Name), s.Class)
			}
			names[s.Name] = true
		}
	}
	return p.err()
}

func observeSize(e *Env, _ *Opened, seen []look) error {
	for _, l := range seen {
		doc, err := json.Marshal(l.Observation)
		if err != nil {
			return fmt.Errorf("it has no JSON: %w", err)
		}
		if len(doc) > e.suite.MaxBytes {
			return fmt.Errorf("its JSON has %d bytes, want at most %d", len(doc), e.suite.MaxBytes)
		}
	}
	return nil
}
