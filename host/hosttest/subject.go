package hosttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Script is what the subject does. Its JSON is in the file that the
// configuration's script names; no file is an empty Script.
type Script struct {
	// Observe is empty for an observation as described below, or "fail", or
	// "slow" for one that takes until its deadline.
	Observe string `json:"observe,omitempty"`
	// CrashFile ends the process in the next call if that file exists, having
	// removed it.
	CrashFile string `json:"crash_file,omitempty"`
	// Nodes are the nodes that are there now. The subject remembers which it has
	// seen, and node_down is broken for those that are gone.
	Nodes []string `json:"nodes,omitempty"`
	// The rest of the observation.
	Summary    string               `json:"summary,omitempty"`
	Sources    []protocol.Source    `json:"sources,omitempty"`
	Violations []protocol.Violation `json:"violations,omitempty"`
	Unchecked  []protocol.Unchecked `json:"unchecked,omitempty"`
	State      json.RawMessage      `json:"state,omitempty"`
	// Act is what becomes of an action: empty for accepted, or "unchanged",
	// "fail" (not applied), "lost" (unknown), "half" (applied, then failed),
	// "slow", or "crash".
	Act string `json:"act,omitempty"`
	// Log is a file to which every action that is no dry run is appended.
	Log string `json:"log,omitempty"`
}

// Write writes the script to a file, at once for whoever reads it.
func (s Script) Write(path string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

type subject struct {
	script string

	mu   sync.Mutex
	seen []string // nodes
}

func (s *subject) read() (Script, error) {
	var script Script
	data, err := os.ReadFile(s.script)
	if errors.Is(err, fs.ErrNotExist) {
		return script, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &script)
	}
	if err != nil {
		return script, protocol.Errorf(protocol.Internal, "read script: %w", err)
	}
	if script.CrashFile != "" && os.Remove(script.CrashFile) == nil {
		os.Exit(3)
	}
	return script, nil
}

// Observe implements protocol.Subject.
func (s *subject) Observe(ctx context.Context) (protocol.Observation, error) {
	began := time.Now()
	script, err := s.read()
	if err != nil {
		return protocol.Observation{}, err
	}
	switch script.Observe {
	case "fail":
		return protocol.Observation{}, protocol.Errorf(protocol.Internal, "observe: told to fail")
	case "slow":
		<-ctx.Done()
		return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(ctx.Err()), "observe: %w", ctx.Err())
	}
	o := protocol.Observation{
		Time: began.UTC(), Duration: 1500 * time.Microsecond, Summary: script.Summary,
		Sources: script.Sources, Violations: script.Violations, Unchecked: script.Unchecked, State: script.State,
	}
	o.Violations = append(o.Violations, s.missing(script.Nodes)...)
	if o.State == nil {
		o.State, err = json.Marshal(map[string]any{"nodes": script.Nodes})
	}
	return o, err
}

// missing remembers the nodes and returns a violation for each that is gone.
func (s *subject) missing(nodes []string) []protocol.Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	var gone []protocol.Violation
	for _, node := range s.seen {
		if !slices.Contains(nodes, node) {
			gone = append(gone, protocol.Violation{
				Invariant: "node_down", Entity: node, Severity: protocol.Critical, Message: "is gone",
			})
		}
	}
	for _, node := range nodes {
		if !slices.Contains(s.seen, node) {
			s.seen = append(s.seen, node)
		}
	}
	return gone
}

// Act implements protocol.Subject.
func (s *subject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	script, err := s.read()
	if err != nil {
		return protocol.Outcome{}, err
	}
	outcome := protocol.Outcome{
		Status: protocol.OutcomePlanned, Message: action.Name + " as asked",
		Changes: []protocol.Change{{Entity: "thing", Field: "params", Before: json.RawMessage("null"), After: action.Params}},
	}
	if action.DryRun {
		return outcome, nil
	}
	if script.Log != "" {
		if err := appendLine(script.Log, action); err != nil {
			return protocol.Outcome{}, err
		}
	}
	fail := func(effect protocol.Effect) (protocol.Outcome, error) {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Unavailable, Message: "told to fail", Effect: effect}
	}
	switch script.Act {
	case "fail":
		return fail(protocol.EffectNone)
	case "lost":
		return fail(protocol.EffectUnknown)
	case "half":
		return fail(protocol.EffectApplied)
	case "invalid":
		return protocol.Outcome{}, &protocol.Error{
			Code: protocol.InvalidArgument, Message: action.Name, Effect: protocol.EffectNone,
			Fields: []protocol.FieldError{{Path: "quota", Message: "too much"}},
		}
	case "slow":
		<-ctx.Done()
		return fail(protocol.EffectUnknown)
	case "crash":
		os.Exit(3)
	case "unchanged":
		outcome.Status, outcome.Changes = protocol.OutcomeUnchanged, nil
		return outcome, nil
	}
	outcome.Status = protocol.OutcomeAccepted
	return outcome, nil
}

func appendLine(path string, action protocol.Action) (err error) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // the test's file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = fmt.Fprintf(f, "%s %s %s\n", action.ID, action.Name, action.Params)
	return err
}
