package protocol_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// flags is a subject as small as one can be: the system is a file that holds
// "on" or "off", and it should be on.
func flags() protocol.Definition {
	return protocol.Definition{
		Name:         "flag_file",
		Version:      "0.1.0",
		Summary:      "a file that says whether a feature is on",
		Guide:        "The file holds one word, on or off. Something that turns it off will do so again.",
		ConfigSchema: json.RawMessage(`{"type":"object","required":["path"],"properties":{"path":{"type":"string"}}}`),
		StateSchema:  json.RawMessage(`{"type":"object","properties":{"content":{"type":["string","null"]}}}`),
		Invariants: []protocol.Invariant{
			{Name: "flag_is_off", Summary: "the file does not say on", Severity: protocol.Critical},
		},
		Actions: []protocol.ActionSpec{{
			Name: "turn_on", Summary: "writes on into the file",
			Params: json.RawMessage(`{"type":"object","additionalProperties":false}`),
			Risk:   protocol.RiskLow, Idempotent: true, Repairs: []string{"flag_is_off"},
		}},
		Open: openFlag,
	}
}

// openFlag looks at the configuration and at nothing else: the file need not
// exist for the subject to be opened.
func openFlag(_ context.Context, config json.RawMessage) (protocol.Subject, error) {
	var c struct{ Path string }
	if err := json.Unmarshal(config, &c); err != nil || c.Path == "" {
		return nil, &protocol.Error{
			Code: protocol.InvalidArgument, Message: "open flag_file",
			Fields: []protocol.FieldError{{Path: "path", Message: "want the path of a file"}},
		}
	}
	return &flag{path: c.Path, done: make(map[string]protocol.Outcome)}, nil
}

type flag struct {
	path string

	mu   sync.Mutex
	done map[string]protocol.Outcome // by action ID
}

// Observe reads the file. One that cannot be read is neither on nor off: the
// invariant is unknown, and the source says why.
func (f *flag) Observe(context.Context) (protocol.Observation, error) {
	o := protocol.Observation{Time: time.Now().UTC(), Summary: "the flag is on"}
	content, err := os.ReadFile(f.path)
	source := protocol.Source{Name: "file", Class: protocol.SourceOK, Latency: time.Since(o.Time)}
	switch {
	case err != nil:
		source.Class, source.Message = protocol.SourceUnreachable, err.Error()
		o.Unchecked = []protocol.Unchecked{{Invariant: "flag_is_off", Source: "file", Reason: "the file cannot be read"}}
		o.State, o.Summary = json.RawMessage(`{"content":null}`), "the flag cannot be read"
	case string(bytes.TrimSpace(content)) != "on":
		o.Violations = []protocol.Violation{{
			Invariant: "flag_is_off", Severity: protocol.Critical, Message: fmt.Sprintf("the file says %.20q", content),
		}}
		o.Summary = "the flag is off"
		fallthrough
	default:
		state, _ := json.Marshal(map[string]string{"content": string(content[:min(len(content), 20)])})
		o.State = state
	}
	o.Sources, o.Duration = []protocol.Source{source}, time.Since(o.Time)
	return o, nil
}

// Act writes the file. It remembers what it did under which ID, and does
// nothing twice. (A subject of more than an example forgets the oldest of many.)
func (f *flag) Act(_ context.Context, action protocol.Action) (protocol.Outcome, error) {
	if action.Name != "turn_on" {
		return protocol.Outcome{}, &protocol.Error{
			Code: protocol.InvalidArgument, Message: fmt.Sprintf("act: there is no action %.40q", action.Name), Effect: protocol.EffectNone,
		}
	}
	outcome := protocol.Outcome{
		Status: protocol.OutcomePlanned, Message: "would write on",
		Changes: []protocol.Change{{Entity: filepath.Base(f.path), Field: "content", After: json.RawMessage(`"on"`)}},
	}
	if action.DryRun {
		return outcome, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, ok := f.done[action.ID]; ok {
		return before, nil
	}
	if err := os.WriteFile(f.path, []byte("on"), 0o600); err != nil {
		return protocol.Outcome{}, &protocol.Error{
			Code: protocol.Unavailable, Message: "turn_on: " + err.Error(), Retryable: true, Effect: protocol.EffectUnknown, Err: err,
		}
	}
	outcome.Status, outcome.Message = protocol.OutcomeAccepted, "wrote on"
	f.done[action.ID] = outcome
	return outcome, nil
}

// A whole subject, and one turn of the loop: look, judge, act, look again.
func Example() {
	dir, err := os.MkdirTemp("", "flag")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "feature")

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	config, _ := json.Marshal(map[string]string{"path": path})
	subject, err := flags().Open(ctx, config)
	if err != nil {
		panic(err)
	}
	look := func() {
		o, err := subject.Observe(ctx)
		fmt.Println(o.Verdict(), "-", o.Summary, err)
	}

	look() // there is no file yet
	_ = os.WriteFile(path, []byte("off"), 0o600)
	look()
	outcome, err := subject.Act(ctx, protocol.Action{Name: "turn_on", ID: protocol.NewActionID()})
	fmt.Println(outcome.Status, err)
	look()

	_, err = flags().Open(ctx, json.RawMessage(`{}`))
	fmt.Println(err)

	// Output:
	// unknown - the flag cannot be read <nil>
	// broken - the flag is off <nil>
	// accepted <nil>
	// held - the flag is on <nil>
	// open flag_file: path: want the path of a file
}
