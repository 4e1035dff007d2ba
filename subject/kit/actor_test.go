package kit_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// pourParams are the parameters of the action that these tests carry out.
type pourParams struct {
	Cup    string         `json:"cup"`
	Drops  int64          `json:"drops"`
	Pauses []kit.Duration `json:"pauses,omitempty"`
	Code   kit.Secret     `json:"code,omitempty"`
}

// pour does what the action does.
type pour func(ctx context.Context, p pourParams, dryRun bool) (protocol.Outcome, error)

func accepted() protocol.Outcome {
	return protocol.Outcome{
		Status: protocol.OutcomeAccepted, Message: "poured",
		Changes: []protocol.Change{{Entity: "a", Field: "drops", After: json.RawMessage("1")}},
	}
}

// newActor returns an Actor for the action pour, and one that nobody calls.
func newActor(t *testing.T, do pour) *kit.Actor {
	t.Helper()
	schema := mustSchema[pourParams](t, nil, kit.Refinement{Path: "drops", Refine: positive},
		kit.Refinement{Path: "cup", Refine: func(s *jsonschema.Schema) { s.MinLength = new(1) }})
	actor, err := kit.NewActor(
		kit.Handle(protocol.ActionSpec{Name: "pour", Params: schema}, do),
		kit.Handle(protocol.ActionSpec{Name: "rest", Params: json.RawMessage(`{"type":"object","additionalProperties":false}`)},
			func(context.Context, struct{}, bool) (protocol.Outcome, error) { return accepted(), nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

func pourAction(id, params string) protocol.Action {
	return protocol.Action{Name: "pour", ID: id, Params: json.RawMessage(params)}
}

const goodParams = `{"cup":"a","drops":1}`

// errorOf is the contract's error, without its cause.
func errorOf(t *testing.T, err error) *protocol.Error {
	t.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		t.Fatalf("%v is not the contract's", err)
	}
	return e
}

var noCause = cmpopts.IgnoreFields(protocol.Error{}, "Err")

// TestActRefuses: what is wrong with an action is told, all of it, and nothing
// is touched.
func TestActRefuses(t *testing.T) {
	long := strings.Repeat("i", 129)
	noSuch := func(quoted string) []protocol.FieldError {
		return []protocol.FieldError{{Path: "name", Message: "there is no action " + quoted + "; there are pour, rest"}}
	}
	cases := map[string]struct {
		reason  string
		action  protocol.Action
		message string
		want    []protocol.FieldError
	}{
		"NoName":      {reason: "What there is, is told.", action: protocol.Action{ID: "1"}, message: "act refused", want: noSuch(`""`)},
		"UnknownName": {reason: "A name may be anything.", action: protocol.Action{Name: "\x1b[2J", ID: "1"}, message: "act refused", want: noSuch(`"\x1b[2J"`)},
		"NoID": {
			reason: "Without an ID nothing is at most once.", action: pourAction("", goodParams), message: "pour refused",
			want: []protocol.FieldError{{Path: "id", Message: "want 1 to 128 bytes, got 0"}},
		},
		"LongID": {
			reason: "An ID is bounded.", action: pourAction(long, goodParams), message: "pour refused",
			want: []protocol.FieldError{{Path: "id", Message: "want 1 to 128 bytes, got 129"}},
		},
		"LongDryID": {
			reason: "Even that of a dry run.", action: protocol.Action{Name: "pour", ID: long, DryRun: true, Params: json.RawMessage(goodParams)}, message: "pour refused",
			want: []protocol.FieldError{{Path: "id", Message: "want 1 to 128 bytes, got 129"}},
		},
		"NoParams": {
			reason: "No parameters are an empty object.", action: pourAction("1", ""), message: "pour refused",
			want: []protocol.FieldError{{Path: "cup", Message: "is required"}, {Path: "drops", Message: "is required"}},
		},
		"BlankParams": {
			reason: "As are blank ones.", action: pourAction("1", " \n"), message: "pour refused",
			want: []protocol.FieldError{{Path: "cup", Message: "is required"}, {Path: "drops", Message: "is required"}},
		},
		"NullParams": {
			reason: "Null is no object.", action: pourAction("1", "null"), message: "pour refused",
			want: []protocol.FieldError{{Message: "want object, got null"}},
		},
		"NoJSON": {
			reason: "Nor is this.", action: pourAction("1", "{"), message: "pour refused",
			want: []protocol.FieldError{{Message: "not a JSON document: unexpected EOF"}},
		},
		"EverythingWrong": {
			reason: "Each wrong parameter, and the ID with them; no value is repeated.",
			action: pourAction("", `{"cup":"","drops":-31337,"code":31337,"spoon":1,"pauses":["hunter2"]}`), message: "pour refused",
			want: []protocol.FieldError{
				{Path: "id", Message: "want 1 to 128 bytes, got 0"},
				{Path: "code", Message: "want string, got number"},
				{Path: "cup", Message: "must not be empty"},
				{Path: "drops", Message: "must be more than 0"},
				{Path: "pauses[0]", Message: `want a duration such as "500ms" or "1m30s"`},
				{Path: "spoon", Message: "there is no such field"},
			},
		},
		"BeyondTheSchema": {
			reason: "What only the Go type knows.",
			action: pourAction("1", `{"cup":"a","drops":99999999999999999999,"pauses":["99999999999h"]}`), message: "pour refused",
			want: []protocol.FieldError{
				{Path: "drops", Message: "is out of this field's range"},
				{Path: "pauses[0]", Message: `want a duration such as "500ms" or "1m30s", of at most 292 years`},
			},
		},
		"SomeForNone": {
			reason: "An action without parameters takes none.", action: protocol.Action{Name: "rest", ID: "1", Params: json.RawMessage(`{"a":1}`)}, message: "rest refused",
			want: []protocol.FieldError{{Path: "a", Message: "there is no such field"}},
		},
	}
	actor := newActor(t, func(context.Context, pourParams, bool) (protocol.Outcome, error) {
		t.Error("the handler was called")
		return protocol.Outcome{}, nil
	})
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, dryRun := range []bool{tc.action.DryRun, true} {
				tc.action.DryRun = dryRun
				if dryRun && name != "LongDryID" && len(tc.action.ID) == 0 {
					continue // a dry run needs no ID
				}
				outcome, err := actor.Act(t.Context(), tc.action)
				want := &protocol.Error{Code: protocol.InvalidArgument, Message: tc.message, Effect: protocol.EffectNone, Fields: tc.want}
				if diff := cmp.Diff(want, errorOf(t, err), noCause); diff != "" {
					t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
				}
				if diff := cmp.Diff(protocol.Outcome{}, outcome); diff != "" {
					t.Errorf("an outcome beside the error: %s", diff)
				}
			}
		})
	}
}

// TestActParams: the handler gets what was checked.
func TestActParams(t *testing.T) {
	var got pourParams
	actor := newActor(t, func(_ context.Context, p pourParams, _ bool) (protocol.Outcome, error) {
		got = p
		return accepted(), nil
	})
	outcome, err := actor.Act(t.Context(), pourAction("1", `{"drops":1,"cup":"x","drops":2.0e0,"cup":"a\u0000/\"я","code":"hunter2","pauses":["1m"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := pourParams{Cup: "a\x00/\"я", Drops: 2, Code: "hunter2", Pauses: []kit.Duration{60e9}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(accepted(), outcome); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := actor.Act(t.Context(), protocol.Action{Name: "rest", ID: "2"}); err != nil {
		t.Errorf("an action without parameters: %v", err)
	}
}

// TestActErrors: whatever a handler returns becomes the contract's error and says
// what became of the change; unknown, where the handler does not say.
func TestActErrors(t *testing.T) {
	const none, applied, unknown = protocol.EffectNone, protocol.EffectApplied, protocol.EffectUnknown
	said := func(effect protocol.Effect) error {
		return &protocol.Error{Code: protocol.Unavailable, Message: "m", Effect: effect, Retryable: true}
	}
	cases := map[string]struct {
		reason    string
		err       error
		want, dry actError
		message   string
	}{
		"Plain": {
			reason: "Anything may have happened.", err: errors.New("a\tb"), message: `pour: a\tb`,
			want: actError{protocol.UnknownError, unknown, false}, dry: actError{protocol.UnknownError, none, false},
		},
		"Client": {
			reason: "A client's error that nobody made the contract's may be of any step.", err: &failure.Error{Op: "POST /", Class: failure.Unreachable}, message: "pour: POST /: unreachable",
			want: actError{protocol.UnknownError, unknown, false}, dry: actError{protocol.UnknownError, none, false},
		},
		"Context": {
			reason: "So may the end of the context.", err: context.DeadlineExceeded, message: "pour: context deadline exceeded",
			want: actError{protocol.DeadlineExceeded, unknown, false}, dry: actError{protocol.DeadlineExceeded, none, false},
		},
		"NoWord": {
			reason: "The contract's error without a word on the change.", err: said(""), message: "m",
			want: actError{protocol.Unavailable, unknown, false}, dry: actError{protocol.Unavailable, none, true},
		},
		"None": {
			reason: "A word stands.", err: said(none), message: "m",
			want: actError{protocol.Unavailable, none, true}, dry: actError{protocol.Unavailable, none, true},
		},
		"Applied": {
			reason: "And is remembered, so no retry can help.", err: said(applied), message: "m",
			want: actError{protocol.Unavailable, applied, false}, dry: actError{protocol.Unavailable, applied, false},
		},
		"Unknown": {
			reason: "Least of all here.", err: said(unknown), message: "m",
			want: actError{protocol.Unavailable, unknown, false}, dry: actError{protocol.Unavailable, unknown, false},
		},
		"Garbage": {
			reason: "What is no effect is none that is known.", err: said("perhaps"), message: "m",
			want: actError{protocol.Unavailable, "perhaps", false}, dry: actError{protocol.Unavailable, "perhaps", false},
		},
		"JoinedNone": {
			reason: "All steps changed nothing.", err: errors.Join(said(none), said(none)), message: "m",
			want: actError{protocol.Unavailable, none, true}, dry: actError{protocol.Unavailable, none, true},
		},
		"JoinedUnknown": {
			reason: "One step that changed nothing does not speak for the other.", err: errors.Join(said(none), errors.New("a")), message: "m",
			want: actError{protocol.Unavailable, unknown, false}, dry: actError{protocol.Unavailable, none, true},
		},
		"JoinedApplied": {
			reason: "One step was done.", err: errors.Join(said(none), said(applied)), message: "m",
			want: actError{protocol.Unavailable, applied, false}, dry: actError{protocol.Unavailable, applied, false},
		},
		"JoinedWorst": {
			reason: "Unknown is the worst, wherever it stands.", err: errors.Join(said(unknown), said(applied), said(none)), message: "m",
			want: actError{protocol.Unavailable, unknown, false}, dry: actError{protocol.Unavailable, unknown, false},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			actor := newActor(t, func(context.Context, pourParams, bool) (protocol.Outcome, error) { return accepted(), tc.err })
			for _, action := range []protocol.Action{
				pourAction("1", goodParams),
				{Name: "pour", Params: json.RawMessage(goodParams), DryRun: true},
			} {
				outcome, err := actor.Act(t.Context(), action)
				want := tc.want
				if action.DryRun {
					want = tc.dry
				}
				if diff := cmp.Diff(want, asActError(t, err)); diff != "" {
					t.Errorf("%s\ndry run %t: -want +got:\n%s", tc.reason, action.DryRun, diff)
				}
				if diff := cmp.Diff(tc.message, errorOf(t, err).Message); diff != "" {
					t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
				}
				if outcome.Status != "" {
					t.Errorf("an outcome beside the error: %+v", outcome)
				}
			}
		})
	}
}

func TestNewActorErrors(t *testing.T) {
	handler := func(name, schema string) kit.Handler {
		return kit.Handle(protocol.ActionSpec{Name: name, Params: json.RawMessage(schema)},
			func(context.Context, struct{}, bool) (protocol.Outcome, error) { return protocol.Outcome{}, nil })
	}
	cases := map[string]struct {
		reason   string
		handlers []kit.Handler
		want     string
	}{
		"NoSchema":  {reason: "Parameters are checked, so there is a schema.", handlers: []kit.Handler{handler("a", "")}, want: "parameters of action a: compile the schema: "},
		"BadSchema": {reason: "One that is none.", handlers: []kit.Handler{handler("a", `{"type":1}`)}, want: "parameters of action a: compile the schema: "},
		"Twice":     {reason: "Which of them would it be?", handlers: []kit.Handler{handler("a", "{}"), handler("a", "{}")}, want: "action a has two handlers"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := kit.NewActor(tc.handlers...); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("%s\ngot %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}
