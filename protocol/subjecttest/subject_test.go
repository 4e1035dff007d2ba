package subjecttest_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// tallyConfigSchema is written by hand, so that it has a field of each kind.
const tallyConfigSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object", "additionalProperties": false, "required": ["url", "limits"],
	"properties": {
		"url": {"type": "string", "minLength": 1},
		"token": {"type": "string", "writeOnly": true},
		"timeout_ms": {"type": "integer", "minimum": 1, "maximum": 60000},
		"names": {"type": "array", "items": {"type": "string", "minLength": 1}},
		"limits": {
			"type": "object", "additionalProperties": false, "required": ["high"],
			"properties": {"high": {"type": "integer", "minimum": 0}}
		}
	}
}`

const tallyStateSchema = `{"type": "object", "additionalProperties": false, "properties": {"counts": {"type": ["object", "null"]}}}`

// talliesDefinition is a subject that keeps every promise.
func talliesDefinition() protocol.Definition {
	name := `"name": {"type": "string", "minLength": 1, "maxLength": 4096}`
	return protocol.Definition{
		Name: "tallies", Version: "1.2.3", Summary: "a server of numbers by name",
		Guide:        "Numbers by name. One that is too high is set to 0 by zero(name), until it is counted up again; add(name, by) only makes it more.",
		ConfigSchema: json.RawMessage(tallyConfigSchema),
		StateSchema:  json.RawMessage(tallyStateSchema),
		Invariants: []protocol.Invariant{
			{Name: "server_away", Summary: "the server does not answer", Severity: protocol.Critical},
			{Name: "too_high", Summary: "a tally is above its limit", Entity: "name", Severity: protocol.Warning, Grace: time.Second},
			{Name: "is_zero", Summary: "a tally is 0", Entity: "name", Severity: protocol.Info},
		},
		Actions: []protocol.ActionSpec{
			{
				Name: "zero", Summary: "sets a tally to 0", Risk: protocol.RiskLow, Idempotent: true, Repairs: []string{"too_high"},
				Params: json.RawMessage(`{"type": "object", "additionalProperties": false, "required": ["name"], "properties": {` + name + `}}`),
			},
			{
				Name: "add", Summary: "adds to a tally", Risk: protocol.RiskHigh, RequiresApproval: true, Repairs: []string{"is_zero"},
				Params: json.RawMessage(`{"type": "object", "additionalProperties": false, "required": ["name", "by"],
					"properties": {` + name + `, "by": {"type": "integer", "minimum": 1, "maximum": 1000}}}`),
			},
		},
		Open: openTallies(),
	}
}

type config struct {
	URL    string                 `json:"url"`
	Token  kit.Secret             `json:"token"`
	Limits struct{ High float64 } `json:"limits"`
}

// openTallies returns the Open of a definition.
func openTallies() opener {
	compiled := sync.OnceValues(func() (*kit.Validator, error) { return kit.NewValidator(json.RawMessage(tallyConfigSchema)) })
	return func(_ context.Context, doc json.RawMessage) (protocol.Subject, error) {
		validator, err := compiled()
		if err != nil {
			return nil, err
		}
		return newTallySubject(validator, doc)
	}
}

func newTallySubject(validator *kit.Validator, doc json.RawMessage) (protocol.Subject, error) {
	s := &tallySubject{client: &http.Client{Transport: &http.Transport{}}}
	if err := kit.DecodeConfig(validator, doc, &s.config); err != nil {
		return nil, err
	}
	if u, err := url.Parse(s.config.URL); err != nil || u.Scheme != "http" {
		return nil, &protocol.Error{Code: protocol.InvalidArgument, Message: "open tallies", Fields: []protocol.FieldError{{Path: "url", Message: "want an http URL"}}}
	}
	def := talliesDefinition()
	var err error
	s.actor, err = kit.NewActor(kit.Handle(def.Actions[0], s.change), kit.Handle(def.Actions[1], s.change))
	return s, err
}

type tallySubject struct {
	config config
	client *http.Client
	actor  *kit.Actor
	life   kit.Lifetime
}

// call asks the server for its tallies, or changes one.
func (s *tallySubject) call(ctx context.Context, method, query string) (map[string]int, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.config.URL+"/?"+query, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", string(s.config.Token))
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var counts map[string]int
	return counts, json.NewDecoder(resp.Body).Decode(&counts)
}

func (s *tallySubject) Observe(ctx context.Context) (protocol.Observation, error) {
	ctx, leave, err := s.life.Enter(ctx, "observe")
	if err != nil {
		return protocol.Observation{}, &protocol.Error{Code: protocol.FailedPrecondition, Message: err.Error()}
	}
	defer leave()
	if err := ctx.Err(); err != nil {
		return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(err), "observe: %w", err)
	}
	o := protocol.Observation{Time: time.Now().UTC().Round(0), Summary: "the tallies", Sources: []protocol.Source{
		{Name: "configuration", Class: protocol.SourceOK}, {Name: "server", Class: protocol.SourceOK},
	}}
	reading, cancel := ctx, context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok { // some of the time is for judging
		reading, cancel = context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/4))
	}
	defer cancel()
	counts, err := s.call(reading, http.MethodGet, "")
	if ctx.Err() != nil {
		return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(ctx.Err()), "observe: %w", ctx.Err())
	}
	if err != nil {
		s.away(&o, reading)
	} else {
		s.judge(&o, counts)
	}
	o.Duration = time.Since(o.Time)
	return o, nil
}

func (*tallySubject) away(o *protocol.Observation, reading context.Context) { //nolint:revive // the context is what is looked at
	o.Sources[1].Class, o.Sources[1].Message = protocol.SourceUnreachable, "the server cannot be reached: start it"
	o.State, o.Summary = json.RawMessage(`{"counts": null}`), "the server is away"
	if reading.Err() != nil {
		o.Sources[1].Class, o.Sources[1].Message = protocol.SourceDeadline, "the server had not answered before the deadline"
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: "server_away", Source: "server", Reason: "there was no time to tell"})
	} else {
		o.Violations = []protocol.Violation{{Invariant: "server_away", Severity: protocol.Critical, Message: "the server does not answer"}}
	}
	for _, name := range []string{"too_high", "is_zero"} {
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: name, Source: "server", Reason: "the server was not read"})
	}
}

func (s *tallySubject) judge(o *protocol.Observation, counts map[string]int) {
	o.State, _ = json.Marshal(map[string]any{"counts": counts})
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		value := float64(counts[name])
		v := protocol.Violation{Entity: name, Message: "the tally is not as it should be", Value: &value}
		switch {
		case value > s.config.Limits.High:
			v.Invariant, v.Severity, v.Threshold = "too_high", protocol.Warning, new(s.config.Limits.High)
		case value == 0:
			v.Invariant, v.Severity = "is_zero", protocol.Info
		default:
			continue
		}
		o.Violations = append(o.Violations, v)
	}
	slices.SortStableFunc(o.Violations, func(a, b protocol.Violation) int {
		return cmp.Compare(a.Severity.Rank(), b.Severity.Rank())
	})
}

func (s *tallySubject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	ctx, leave, err := s.life.Enter(ctx, "act")
	if err != nil {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.FailedPrecondition, Message: err.Error(), Effect: protocol.EffectNone}
	}
	defer leave()
	outcome, err := s.actor.Act(ctx, action)
	outcome.Changes = slices.Clone(outcome.Changes)
	for i, c := range outcome.Changes { // what is remembered stays the actor's own
		outcome.Changes[i].Before, outcome.Changes[i].After = bytes.Clone(c.Before), bytes.Clone(c.After)
	}
	return outcome, err
}

type changeParams struct {
	Name string `json:"name"`
	By   int    `json:"by"`
}

// change is both actions: without By it sets to 0.
func (s *tallySubject) change(ctx context.Context, p changeParams, dryRun bool) (protocol.Outcome, error) {
	counts, err := s.call(ctx, http.MethodGet, "")
	if err != nil {
		return protocol.Outcome{}, failed(ctx, err, protocol.EffectNone)
	}
	before, after := counts[p.Name], 0
	if p.By > 0 {
		after = before + p.By
	}
	if before == after {
		return protocol.Outcome{Status: protocol.OutcomeUnchanged, Message: "it is 0 already"}, nil
	}
	outcome := protocol.Outcome{Status: protocol.OutcomePlanned, Message: "would set the tally", Changes: []protocol.Change{{
		Entity: p.Name, Field: "count", Before: json.RawMessage(fmt.Sprint(before)), After: json.RawMessage(fmt.Sprint(after)),
	}}}
	if dryRun {
		return outcome, nil
	}
	query := url.Values{"name": {p.Name}, "n": {fmt.Sprint(after)}}
	if _, err := s.call(ctx, http.MethodPost, query.Encode()); err != nil {
		return protocol.Outcome{}, failed(ctx, err, protocol.EffectUnknown)
	}
	outcome.Status, outcome.Message = protocol.OutcomeAccepted, "set the tally"
	return outcome, nil
}

func failed(ctx context.Context, err error, effect protocol.Effect) error {
	code := protocol.Unavailable
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		code = protocol.CodeOf(ctx.Err())
	}
	return &protocol.Error{Code: code, Message: "the server did not answer", Effect: effect, Err: err}
}

func (s *tallySubject) Definition() protocol.Definition { return talliesDefinition() }

func (s *tallySubject) Close() error {
	s.life.Close()
	s.client.CloseIdleConnections()
	return nil
}
