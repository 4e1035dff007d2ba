package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// fakeConfig configures the fake subject.
type fakeConfig struct {
	// Diary is a file into which the subject writes what happens to it, a line
	// each: the tests cannot look into its process.
	Diary string `json:"diary"`
	// Observe is what Observe does; see observers.
	Observe string `json:"observe"`
	// Bytes is the size of the state, for observers that make one up.
	Bytes int `json:"bytes"`
	// Severity is the severity of the invariant "first".
	Severity protocol.Severity `json:"severity"`
	// Open is what Open does instead of opening: "fail", "panic" or "nothing".
	Open string `json:"open"`
	// Close is what Close does: "hang" or nothing special.
	Close string `json:"close"`
}

// json is the configuration as Open takes it.
func (c fakeConfig) json() json.RawMessage {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return raw
}

func fakeDefinition() protocol.Definition {
	return protocol.Definition{
		Name: "fake", Version: "1.2.3", Summary: "a subject for tests", Guide: "It does as it is told.\nNothing else.",
		ConfigSchema: json.RawMessage(`{"type":"object"}`),
		StateSchema:  json.RawMessage(`{"description": "é"}`),
		Invariants: []protocol.Invariant{
			{Name: "first", Summary: "the first", Entity: "node", Severity: protocol.Critical, Grace: 1500 * time.Millisecond},
			{Name: "second", Severity: protocol.Info},
		},
		Actions: []protocol.ActionSpec{
			{
				Name: "echo", Summary: "says what it was asked", Params: json.RawMessage(`{"type":"object"}`),
				Risk: protocol.RiskHigh, RequiresApproval: true, Idempotent: true, Repairs: []string{"first", "second"},
			},
			{Name: "other", Params: json.RawMessage(`{}`), Risk: protocol.RiskLow},
		},
		Open: openFake,
	}
}

func openFake(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
	var c fakeConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, protocol.Errorf(protocol.InvalidArgument, "open fake: %w", err)
	}
	switch c.Open {
	case "fail":
		return nil, &protocol.Error{
			Code: protocol.InvalidArgument, Message: "open fake", Err: errors.New("stays here"),
			Fields: []protocol.FieldError{{Path: "open", Message: "must not fail"}, {Path: "urls[1]", Message: "is \xff no URL"}},
		}
	case "panic":
		panic("cannot open")
	case "nothing":
		return nil, nil //nolint:nilnil // the mistake that is to be caught
	}
	f := &fake{config: c}
	f.note("opened")
	return f, ctx.Err()
}

type fake struct {
	config fakeConfig
	calls  atomic.Int64
	mu     sync.Mutex // guards the diary
}

// note writes a line into the diary.
func (f *fake) note(format string, args ...any) {
	if f.config.Diary == "" {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(f.config.Diary, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := fmt.Fprintln(file, fmt.Sprintf(format, args...)); err != nil {
		panic(err)
	}
}

// Definition implements protocol.Describer.
func (f *fake) Definition() protocol.Definition {
	def := fakeDefinition()
	if f.config.Severity != "" {
		def.Invariants[0].Severity = f.config.Severity
	}
	return def
}

// Close implements io.Closer.
func (f *fake) Close() error {
	if f.config.Close == "hang" {
		f.note("closing")
		select {}
	}
	f.note("closed")
	return nil
}

// Observe implements protocol.Subject.
func (f *fake) Observe(ctx context.Context) (protocol.Observation, error) {
	observe, ok := observers[f.config.Observe]
	if !ok {
		observe, ok = unixObservers[f.config.Observe]
	}
	if !ok {
		return protocol.Observation{}, fmt.Errorf("there is no observer %q", f.config.Observe)
	}
	return observe(ctx, f)
}

// Act implements protocol.Subject.
func (f *fake) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	f.note("act %s %s", action.Name, action.ID)
	act, ok := actors[action.Name]
	if !ok {
		return protocol.Outcome{}, &protocol.Error{
			Code: protocol.InvalidArgument, Message: "act", Effect: protocol.EffectNone, Retryable: true,
			Fields: []protocol.FieldError{{Path: "name", Message: fmt.Sprintf("%q is in no catalogue", action.Name)}},
		}
	}
	return act(ctx, f, action)
}

// state makes an observation of nothing but a state.
func state(v any) (protocol.Observation, error) {
	raw, err := json.Marshal(v)
	return protocol.Observation{Time: fakeTime, State: raw}, err
}

var fakeTime = time.Date(2026, time.March, 1, 12, 0, 0, 123456789, time.UTC)

// fakeObservation has something in every field.
func fakeObservation() protocol.Observation {
	return protocol.Observation{
		Time: fakeTime, Duration: 1234567 * time.Nanosecond, Summary: "half of it is \xff broken",
		Sources: []protocol.Source{
			{Name: "one", Class: protocol.SourceOK, Latency: time.Nanosecond},
			{Name: "two", Class: protocol.SourceTimeout, Message: "no answer\nat all", Latency: time.Hour},
		},
		Violations: []protocol.Violation{
			{
				Invariant: "first", Entity: "a/../\xc3\x28\"\n\x00é", Severity: protocol.Critical, Message: "too \xffmuch",
				Value: new(0.0), Threshold: new(1e-300), Unit: "ms",
			},
			{Invariant: "first", Entity: strings.Repeat("k", 1<<14), Severity: protocol.Critical, Message: "no number"},
		},
		Unchecked: []protocol.Unchecked{
			{Invariant: "second", Source: "two", Reason: "two did not answer"},
			{Invariant: "first", Entity: "b", Reason: "gone"},
		},
		State: json.RawMessage(`{"a": 1,  "b":[null]}`),
	}
}
