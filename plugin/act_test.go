//go:build unix

package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestAct(t *testing.T) {
	subject, _ := load(t, fakeConfig{})
	action := protocol.Action{Name: "echo", ID: "id-\xff", Params: json.RawMessage(`{"key": "é"}`), DryRun: true}
	got, err := subject.Act(within(t, patience), action)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "the outcome has what was asked, and tells null from unknown", protocol.Outcome{
		Status: protocol.OutcomePlanned, Message: "as you \uFFFD said",
		Changes: []protocol.Change{
			{
				Entity: "é", Field: "f", Before: json.RawMessage(`null`),
				After: json.RawMessage(`{"name":"echo","id":"id-�","params":{"key":"é"},"dry_run":true}`),
			},
			{Entity: "b"},
		},
	}, got)
}

func TestLargeRequest(t *testing.T) {
	subject, _ := load(t, fakeConfig{})
	params := json.RawMessage(`"` + strings.Repeat("x", plugin.MaxMessageBytes/3) + `"`)
	got, err := subject.Act(within(t, patience), protocol.Action{Name: "echo", Params: params})
	if err != nil || len(got.Changes) == 0 || len(got.Changes[0].After) < len(params) {
		t.Errorf("got %.200v, %v", got, err)
	}
}

func TestActErrors(t *testing.T) {
	tests := map[string]struct {
		reason string
		action protocol.Action
		want   protocol.Error
		sent   bool // it reached the subject
		alive  bool
	}{
		"Refused": {
			"What the subject says of itself arrives.",
			protocol.Action{Name: "nonsense"},
			protocol.Error{
				Code: protocol.InvalidArgument, Message: "act", Effect: protocol.EffectNone, Retryable: true,
				Fields: []protocol.FieldError{{Path: "name", Message: `"nonsense" is in no catalogue`}},
			},
			true, true,
		},
		"Applied": {
			"Also that the change was made.",
			protocol.Action{Name: "applied"},
			protocol.Error{Code: protocol.Aborted, Message: "done, but", Effect: protocol.EffectApplied},
			true, true,
		},
		"Undeclared": {
			"And what it leaves open is left open: see EffectOf.",
			protocol.Action{Name: "undeclared"},
			protocol.Error{Code: protocol.Unavailable, Message: "perhaps", Retryable: true},
			true, true,
		},
		"Panic": {
			"Before a panic anything may have happened.",
			protocol.Action{Name: "panic"},
			protocol.Error{
				Code: protocol.Internal, Effect: protocol.EffectUnknown,
				Message: "the subject panicked in /subject.v1.SubjectService/Act: act up",
			},
			true, true,
		},
		"DryPanic": {
			"In a dry run nothing happens.",
			protocol.Action{Name: "panic", DryRun: true},
			protocol.Error{Code: protocol.Internal, Message: "the subject panicked in /subject.v1.SubjectService/Act: act up"},
			true, true,
		},
		"Dies": {
			"A plugin that died with the action has an unknown effect.",
			protocol.Action{Name: "die"},
			protocol.Error{
				Code: protocol.Unavailable, Effect: protocol.EffectUnknown,
				Message: `act "die": the plugin's process has ended (exit status 9): start it again`,
			},
			true, false,
		},
		"DryDies": {
			"A dry run changes nothing, however it ends.",
			protocol.Action{Name: "die", DryRun: true},
			protocol.Error{
				Code: protocol.Unavailable, Effect: protocol.EffectNone,
				Message: `act "die": the plugin's process has ended (exit status 9): start it again`,
			},
			true, false,
		},
		"HugeOutcome": {
			"An outcome that is too large to tell is one nevertheless.",
			protocol.Action{Name: "huge"},
			protocol.Error{
				Code: protocol.ResourceExhausted, Effect: protocol.EffectApplied,
				Message: fmt.Sprintf("the answer to /subject.v1.SubjectService/Act has %d bytes, and a message across the boundary at most %d; max_message allows a plugin that is trusted up to %d; the subject must bound its lists", plugin.MaxMessageBytes+5, plugin.MaxMessageBytes, plugin.LargestMessageBytes),
			},
			true, true,
		},
		"HugeRequest": {
			"What cannot be sent is certain not to have happened.",
			protocol.Action{Name: "echo", Params: json.RawMessage(strings.Repeat(" ", plugin.MaxMessageBytes))},
			protocol.Error{
				Code: protocol.ResourceExhausted, Effect: protocol.EffectNone,
				Message: fmt.Sprintf(`act "echo": the request has %d bytes, and a message across the boundary at most %d; max_message allows a plugin that is trusted up to %d`, plugin.MaxMessageBytes+17, plugin.MaxMessageBytes, plugin.LargestMessageBytes),
			},
			false, true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			path := diary(t)
			subject, _ := load(t, fakeConfig{Diary: path})
			tc.action.ID = "once"
			_, err := subject.Act(within(t, patience), tc.action)
			got, ok := errors.AsType[*protocol.Error](err)
			if !ok {
				t.Fatalf("%s: got %v", tc.reason, err)
			}
			compare(t, tc.reason, &tc.want, got, cmpopts.IgnoreFields(protocol.Error{}, "Err"))

			_, err = subject.Observe(within(t, patience))
			compare(t, "is the process alive", tc.alive, err == nil)
			acts := slices.DeleteFunc(entries(t, path), func(e string) bool { return !strings.HasPrefix(e, "act ") })
			want := []string{"act " + tc.action.Name + " once"}
			if !tc.sent {
				want = nil
			}
			compare(t, "what reached the subject, and how often", want, acts, cmpopts.EquateEmpty())
		})
	}
}

func TestActDeadline(t *testing.T) {
	path := diary(t)
	subject, _ := load(t, fakeConfig{Diary: path})
	_, err := subject.Act(within(t, 300*time.Millisecond), protocol.Action{Name: "stuck", ID: "1"})
	if e, ok := errors.AsType[*protocol.Error](err); !ok || !errors.Is(err, context.DeadlineExceeded) || e.Effect != protocol.EffectUnknown || e.Retryable {
		t.Errorf("after it was sent: got %#v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = subject.Act(ctx, protocol.Action{Name: "echo", ID: "2"})
	if e, ok := errors.AsType[*protocol.Error](err); !ok || !errors.Is(err, context.Canceled) || e.Effect != protocol.EffectNone {
		t.Errorf("before it was sent: got %#v", err)
	}
	compare(t, "what reached the subject", []string{"opened", "act stuck 1"}, entries(t, path))
}
