//go:build unix

package plugintest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// lamp is a subject that looks after a file which says "on" or "off".
func lamp(mode string) protocol.Definition {
	def := protocol.Definition{
		Name: "lamp", Version: "1.0.0", Summary: "a lamp", Guide: "It should be on. switch_on cures lamp_off, and nothing else.",
		ConfigSchema: json.RawMessage(`{"type":"object","properties":{"file":{"type":"string","minLength":1}},"required":["file"],"additionalProperties":false}`),
		StateSchema:  json.RawMessage(`{"type":"object","properties":{"lamp":{"type":["string","null"]}},"required":["lamp"],"additionalProperties":false}`),
		Invariants:   []protocol.Invariant{{Name: "lamp_off", Summary: "the lamp is off", Severity: protocol.Warning}},
		Actions: []protocol.ActionSpec{{
			Name: "switch_on", Summary: "switch the lamp on", Risk: protocol.RiskLow, Idempotent: true, Repairs: []string{"lamp_off"},
			Params: json.RawMessage(`{"type":"object","properties":{"watt":{"type":"integer","minimum":1}},"required":["watt"],"additionalProperties":false}`),
		}},
	}
	def.Open = func(_ context.Context, config json.RawMessage) (protocol.Subject, error) {
		validator, err := kit.NewValidator(def.ConfigSchema)
		if err != nil {
			return nil, err
		}
		if wrong := validator.Validate(config); len(wrong) > 0 {
			return nil, &protocol.Error{Code: protocol.InvalidArgument, Message: "the configuration is wrong", Fields: wrong}
		}
		c := struct{ File string }{}
		if err := json.Unmarshal(config, &c); err != nil {
			return nil, err
		}
		b := &bulb{file: c.File, mode: mode}
		b.actor, err = kit.NewActor(kit.Handle(def.Actions[0], b.switchOn))
		return b, err
	}
	return def
}

// bulb is the subject.
type bulb struct {
	file, mode string
	actor      *kit.Actor

	mu     sync.Mutex
	closed bool
}

func (b *bulb) Observe(ctx context.Context) (protocol.Observation, error) {
	o := protocol.Observation{
		Time: time.Now().UTC(), Summary: "the lamp", State: json.RawMessage(`{"lamp":null}`),
		Sources: []protocol.Source{{Name: "file", Class: protocol.SourceOK}},
	}
	if err := b.usable(ctx); err != nil {
		return o, err
	}
	raw, ok := b.read()
	if !ok {
		o.Sources[0] = protocol.Source{Name: "file", Class: protocol.SourceRefused, Message: "cannot be read"}
		o.Unchecked = []protocol.Unchecked{{Invariant: "lamp_off", Source: "file", Reason: "the file cannot be read"}}
		return o, nil
	}
	if raw != "on" {
		o.Violations = []protocol.Violation{{Invariant: "lamp_off", Severity: protocol.Warning, Message: "the lamp is off"}}
	}
	var err error
	o.State, err = json.Marshal(map[string]string{"lamp": strings.ToValidUTF8(raw, "?")})
	return o, err
}

func (b *bulb) read() (string, bool) {
	raw, err := os.ReadFile(b.file)
	return string(raw), err == nil
}

func (b *bulb) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	if b.mode == "fragile" && len(action.Params) > 1<<20 {
		os.Exit(9)
	}
	if err := b.usable(ctx); err != nil {
		err.Effect = protocol.EffectNone
		return protocol.Outcome{}, err
	}
	o, err := b.actor.Act(ctx, action)
	o.Changes = slices.Clone(o.Changes)
	for i, c := range o.Changes { // whoever writes into an outcome is not to change the actor's
		o.Changes[i].Before, o.Changes[i].After = slices.Clone(c.Before), slices.Clone(c.After)
	}
	return o, err
}

func (b *bulb) switchOn(_ context.Context, _ struct {
	Watt int `json:"watt"`
}, dryRun bool,
) (protocol.Outcome, error) {
	before, err := os.ReadFile(b.file)
	if err != nil {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Unavailable, Message: "there is no lamp", Effect: protocol.EffectNone}
	}
	change := protocol.Change{Entity: "lamp", Field: "state", Before: json.RawMessage(fmt.Sprintf("%q", before)), After: json.RawMessage(`"on"`)}
	switch {
	case dryRun && string(before) == "on":
		return protocol.Outcome{Status: protocol.OutcomePlanned, Message: "it is on already"}, nil
	case dryRun:
		return protocol.Outcome{Status: protocol.OutcomePlanned, Message: "would be on", Changes: []protocol.Change{change}}, nil
	case string(before) == "on":
		return protocol.Outcome{Status: protocol.OutcomeUnchanged, Message: "it is on already"}, nil
	}
	if err := os.WriteFile(b.file, []byte("on"), 0o600); err != nil {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Internal, Message: "cannot switch", Effect: protocol.EffectUnknown}
	}
	return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "is on", Changes: []protocol.Change{change}}, nil
}

func (b *bulb) usable(ctx context.Context) *protocol.Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return protocol.Errorf(protocol.FailedPrecondition, "the lamp is closed")
	}
	if err := ctx.Err(); err != nil {
		return &protocol.Error{Code: protocol.CodeOf(err), Message: err.Error(), Err: err}
	}
	return nil
}

func (b *bulb) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// lampSuite is how a lamp is tried.
func lampSuite(t *testing.T, start func(context.Context) (subjecttest.Instance, error)) subjecttest.Suite {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lamp")
	off := func(context.Context) error { return os.WriteFile(file, []byte("off"), 0o600) }
	if err := off(t.Context()); err != nil {
		t.Fatal(err)
	}
	config := func(file string) json.RawMessage {
		raw, err := json.Marshal(map[string]string{"file": file})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	return subjecttest.Suite{
		Start:  start,
		Config: config(file),
		Down:   config(file + ".none"),
		Wrong:  []subjecttest.WrongConfig{{Name: "empty", Config: config(""), Paths: []string{"file"}}},
		Actions: map[string]subjecttest.Example{
			"switch_on": {Params: json.RawMessage(`{"watt": 40}`), Before: off},
		},
		Probe: func(context.Context) (string, error) {
			raw, err := os.ReadFile(file)
			return string(raw), err
		},
		Slack: 5 * time.Second,
	}
}
