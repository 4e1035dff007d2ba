package kit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// counted is a handler that counts its calls.
func counted(calls *atomic.Int64, do func(call int64) (protocol.Outcome, error)) pour {
	return func(context.Context, pourParams, bool) (protocol.Outcome, error) { return do(calls.Add(1)) }
}

// TestActOnce: what the second call with an ID does, by what the first came to.
func TestActOnce(t *testing.T) {
	said := func(effect protocol.Effect) error {
		return &protocol.Error{Code: protocol.Unavailable, Message: "m", Effect: effect}
	}
	cases := map[string]struct {
		reason string
		first  error
		second protocol.Action
		calls  int64
		want   error // of the second; nil: the outcome
	}{
		"Done":          {reason: "It is done.", second: pourAction("1", goodParams), calls: 1},
		"OtherSpelling": {reason: "The same parameters are the same however they are written.", second: pourAction("1", ` {"drops": 1.0, "cup": "\u0061"} `), calls: 1},
		"OtherID":       {reason: "Another ID is another action.", second: pourAction("2", goodParams), calls: 2},
		"Unknown":       {reason: "Perhaps it was done: it may not be tried again.", first: said(protocol.EffectUnknown), second: pourAction("1", goodParams), calls: 1, want: said(protocol.EffectUnknown)},
		"Applied":       {reason: "It was done, though not well.", first: said(protocol.EffectApplied), second: pourAction("1", goodParams), calls: 1, want: said(protocol.EffectApplied)},
		"NoWord":        {reason: "Nobody said that it was not done.", first: said(""), second: pourAction("1", goodParams), calls: 1, want: said(protocol.EffectUnknown)},
		"Plain":         {reason: "Nor here.", first: errors.New("m"), second: pourAction("1", goodParams), calls: 1, want: &protocol.Error{Code: protocol.UnknownError, Message: "pour: m", Effect: protocol.EffectUnknown}},
		"NotDone":       {reason: "It is known that nothing was changed: trying again is what the ID is for.", first: said(protocol.EffectNone), second: pourAction("1", goodParams), calls: 2},
		"OtherParams": {
			reason: "An ID is of one action.", second: pourAction("1", `{"cup":"b","drops":1}`), calls: 1,
			want: &protocol.Error{Code: protocol.InvalidArgument, Message: "pour refused", Effect: protocol.EffectNone, Fields: []protocol.FieldError{
				{Path: "id", Message: "was used for another action, or other parameters; use a new one"},
			}},
		},
		"OtherAction": {
			reason: "Whatever its name.", second: protocol.Action{Name: "rest", ID: "1"}, calls: 1,
			want: &protocol.Error{Code: protocol.InvalidArgument, Message: "rest refused", Effect: protocol.EffectNone, Fields: []protocol.FieldError{
				{Path: "id", Message: "was used for another action, or other parameters; use a new one"},
			}},
		},
		"OtherParamsNotDone": {reason: "An ID that changed nothing is free.", first: said(protocol.EffectNone), second: pourAction("1", `{"cup":"b","drops":1}`), calls: 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			actor := newActor(t, counted(&calls, func(call int64) (protocol.Outcome, error) {
				if call == 1 && tc.first != nil {
					return protocol.Outcome{}, tc.first
				}
				return accepted(), nil
			}))
			if _, err := actor.Act(t.Context(), pourAction("1", goodParams)); (err != nil) != (tc.first != nil) {
				t.Fatalf("the first call: %v", err)
			}
			// Again and again: the third is as the second.
			for range 3 {
				outcome, err := actor.Act(t.Context(), tc.second)
				if diff := cmp.Diff(errorOf(t, tc.want), errorOf(t, err), noCause); diff != "" {
					t.Fatalf("%s\n-want +got:\n%s", tc.reason, diff)
				}
				if tc.want == nil && outcome.Status != protocol.OutcomeAccepted {
					t.Fatalf("%s\ngot %+v", tc.reason, outcome)
				}
			}
			if calls.Load() != tc.calls {
				t.Errorf("%s\nit was done %d times, want %d", tc.reason, calls.Load(), tc.calls)
			}
		})
	}
}

// TestActDryRunIsForgotten: a dry run changes nothing, so there is nothing to
// remember of it.
func TestActDryRunIsForgotten(t *testing.T) {
	var done, dry atomic.Int64
	actor := newActor(t, func(_ context.Context, _ pourParams, dryRun bool) (protocol.Outcome, error) {
		if dryRun {
			dry.Add(1)
			return protocol.Outcome{Status: protocol.OutcomePlanned}, nil
		}
		done.Add(1)
		return accepted(), nil
	})
	dryRun := func(params string) protocol.OutcomeStatus {
		t.Helper()
		outcome, err := actor.Act(t.Context(), protocol.Action{Name: "pour", ID: "1", Params: json.RawMessage(params), DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		return outcome.Status
	}
	act := func() protocol.OutcomeStatus {
		t.Helper()
		outcome, err := actor.Act(t.Context(), pourAction("1", goodParams))
		if err != nil {
			t.Fatal(err)
		}
		return outcome.Status
	}
	got := []protocol.OutcomeStatus{dryRun(goodParams), dryRun(`{"cup":"b","drops":2}`), act(), dryRun(goodParams), act()}
	want := []protocol.OutcomeStatus{protocol.OutcomePlanned, protocol.OutcomePlanned, protocol.OutcomeAccepted, protocol.OutcomePlanned, protocol.OutcomeAccepted}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if done.Load() != 1 || dry.Load() != 3 {
		t.Errorf("it was done %d times and tried %d times", done.Load(), dry.Load())
	}
}

// TestActOnceConcurrently: a hundred calls at once with one ID, in several waves
// with IDs of their own.
func TestActOnceConcurrently(t *testing.T) {
	const waves, callers = 20, 100
	var done sync.Map // how often, by ID
	actor := newActor(t, func(_ context.Context, p pourParams, _ bool) (protocol.Outcome, error) {
		n, _ := done.LoadOrStore(p.Cup, new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		runtime.Gosched()
		return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: p.Cup}, nil
	})
	var wg sync.WaitGroup
	start := make(chan struct{})
	for wave := range waves {
		cup := fmt.Sprintf("cup-%d", wave)
		for range callers {
			wg.Go(func() {
				<-start
				outcome, err := actor.Act(t.Context(), pourAction(cup, fmt.Sprintf(`{"cup":%q,"drops":1}`, cup)))
				if err != nil || outcome.Message != cup {
					t.Errorf("got %+v, %v", outcome, err)
				}
			})
		}
	}
	close(start)
	wg.Wait()
	for wave := range waves {
		n, ok := done.Load(fmt.Sprintf("cup-%d", wave))
		if !ok || n.(*atomic.Int64).Load() != 1 {
			t.Errorf("wave %d was not done exactly once", wave)
		}
	}
}

// TestActFailingConcurrently: calls whose change never happens may all try, but
// never two at the same time.
func TestActFailingConcurrently(t *testing.T) {
	var inside, calls atomic.Int64
	actor := newActor(t, func(context.Context, pourParams, bool) (protocol.Outcome, error) {
		if inside.Add(1) != 1 {
			t.Error("two executions of one ID at the same time")
		}
		defer inside.Add(-1)
		runtime.Gosched()
		if calls.Add(1) == 5 {
			return accepted(), nil
		}
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectNone}
	})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for {
				if _, err := actor.Act(t.Context(), pourAction("1", goodParams)); err == nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if calls.Load() != 5 {
		t.Errorf("it was tried %d times after it was done", calls.Load()-5)
	}
}
