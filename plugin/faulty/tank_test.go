//go:build linux

package faulty_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// brim is the level above which a tank is overfull.
const brim = 10

// tankConfig configures a tank.
type tankConfig struct {
	// File has the tank's level in it, a number.
	File string `json:"file"`
}

// tankDefinition is a subject without a fault: it looks after a tank, and
// passes the suite. Each fault is one deviation from it.
func tankDefinition() protocol.Definition {
	def := protocol.Definition{
		Name: "tank", Version: "1.0.0", Summary: "a tank of water",
		Guide:        "A tank is overfull above its brim. drain empties it, which cures that and nothing else.",
		ConfigSchema: json.RawMessage(`{"type":"object","properties":{"file":{"type":"string","minLength":1}},"required":["file"],"additionalProperties":false}`),
		StateSchema:  json.RawMessage(`{"type":"object","properties":{"level":{"type":["integer","null"]}},"required":["level"],"additionalProperties":{"type":"string"}}`),
		Invariants:   []protocol.Invariant{{Name: "overfull", Summary: "the tank is above its brim", Entity: "tank", Severity: protocol.Warning}},
		Actions: []protocol.ActionSpec{{
			Name: "drain", Summary: "empty the tank", Risk: protocol.RiskLow, Idempotent: true, Repairs: []string{"overfull"},
			Params: json.RawMessage(`{"type":"object","properties":{"valves":{"type":"integer","minimum":1}},"required":["valves"],"additionalProperties":false}`),
		}},
	}
	def.Open = func(_ context.Context, config json.RawMessage) (protocol.Subject, error) {
		return openTank(def, config)
	}
	return def
}

// A tank is the subject.
type tank struct {
	file  string
	actor *kit.Actor

	mu     sync.Mutex
	closed bool
}

func openTank(def protocol.Definition, config json.RawMessage) (*tank, error) {
	validator, err := kit.NewValidator(def.ConfigSchema)
	if err != nil {
		return nil, err
	}
	if wrong := validator.Validate(config); len(wrong) > 0 {
		return nil, &protocol.Error{Code: protocol.InvalidArgument, Message: "configure tank", Fields: wrong}
	}
	var c tankConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	t := &tank{file: c.File}
	t.actor, err = kit.NewActor(kit.Handle(def.Actions[0], t.drain))
	return t, err
}

// level reads the tank, if it can be read.
func (t *tank) level() (level int, ok bool) {
	raw, err := os.ReadFile(t.file)
	if err == nil {
		level, err = strconv.Atoi(string(raw))
	}
	return level, err == nil
}

// Observe implements protocol.Subject.
func (t *tank) Observe(ctx context.Context) (protocol.Observation, error) {
	if err := t.usable(ctx); err != nil {
		return protocol.Observation{}, err
	}
	o := protocol.Observation{
		Time: time.Now().UTC(), Summary: "the tank is as it should be", State: json.RawMessage(`{"level":null}`),
		Sources: []protocol.Source{{Name: "gauge", Class: protocol.SourceOK}},
	}
	level, ok := t.level()
	if !ok { // which makes the observation partial, and no error
		o.Summary = "the tank cannot be read"
		o.Sources[0] = protocol.Source{Name: "gauge", Class: protocol.SourceUnreachable, Message: "the file cannot be read"}
		o.Unchecked = []protocol.Unchecked{{Invariant: "overfull", Source: "gauge", Reason: "the gauge cannot be read"}}
		return o, nil
	}
	o.State = fmt.Appendf(nil, `{"level":%d}`, level)
	if level > brim {
		o.Summary = "the tank is overfull"
		o.Violations = []protocol.Violation{{
			Invariant: "overfull", Entity: "main", Severity: protocol.Warning, Message: "the tank is above its brim",
			Value: new(float64(level)), Threshold: new(float64(brim)), Unit: "l",
		}}
	}
	return o, nil
}

// Act implements protocol.Subject.
func (t *tank) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	if err := t.usable(ctx); err != nil {
		err.Effect = protocol.EffectNone
		return protocol.Outcome{}, err
	}
	return t.actor.Act(ctx, action)
}

type drainParams struct {
	Valves int `json:"valves"`
}

func (t *tank) drain(_ context.Context, _ drainParams, dryRun bool) (protocol.Outcome, error) {
	level, ok := t.level()
	if !ok {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Unavailable, Message: "drain: the gauge cannot be read", Effect: protocol.EffectNone}
	}
	change := []protocol.Change{{Entity: "main", Field: "level", Before: fmt.Append(nil, level), After: json.RawMessage(`0`)}}
	switch {
	case dryRun && level == 0:
		return protocol.Outcome{Status: protocol.OutcomePlanned, Message: "it is empty already"}, nil
	case dryRun:
		return protocol.Outcome{Status: protocol.OutcomePlanned, Message: "would be drained", Changes: change}, nil
	case level == 0:
		return protocol.Outcome{Status: protocol.OutcomeUnchanged, Message: "it is empty already"}, nil
	}
	if err := os.WriteFile(t.file, []byte("0"), 0o600); err != nil {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Internal, Message: "drain: " + err.Error(), Effect: protocol.EffectUnknown}
	}
	return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "drained", Changes: change}, nil
}

func (t *tank) usable(ctx context.Context) *protocol.Error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return protocol.Errorf(protocol.FailedPrecondition, "the tank is closed")
	}
	if err := ctx.Err(); err != nil {
		return &protocol.Error{Code: protocol.CodeOf(err), Message: err.Error(), Err: err}
	}
	return nil
}

// Close implements io.Closer.
func (t *tank) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	return nil
}
