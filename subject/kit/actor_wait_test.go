package kit_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// TestActPanics: a handler that panics has done nobody knows what; that it was
// begun stays known, and nobody waits for it forever.
func TestActPanics(t *testing.T) {
	ends := map[string]func(){
		"Panic":  func() { panic("oops") },
		"Goexit": runtime.Goexit,
		"Nil":    func() { panic(nil) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				actor := newActor(t, counted(&calls, func(int64) (protocol.Outcome, error) {
					time.Sleep(time.Second)
					end()
					return accepted(), nil
				}))
				recovered := make(chan any, 1)
				go func() {
					defer func() { recovered <- recover() }()
					_, _ = actor.Act(t.Context(), pourAction("1", goodParams))
				}()
				time.Sleep(time.Millisecond)
				// One waits meanwhile, one comes later.
				for range 2 {
					_, err := actor.Act(t.Context(), pourAction("1", goodParams))
					want := &protocol.Error{
						Code: protocol.Internal, Message: "pour: a bug: the action ended without an outcome", Effect: protocol.EffectUnknown,
					}
					if diff := cmp.Diff(want, errorOf(t, err)); diff != "" {
						t.Errorf("-want +got:\n%s", diff)
					}
				}
				if p := <-recovered; (p == nil) != (name == "Goexit") {
					t.Errorf("the caller saw %v", p)
				}
				if calls.Load() != 1 {
					t.Errorf("it was done %d times", calls.Load())
				}
			})
		})
	}
}

// TestActWhenTheCallerHasGone: nothing is begun for a caller that gave up, but
// what was begun before is not denied.
func TestActWhenTheCallerHasGone(t *testing.T) {
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("shutting down"))
	var calls atomic.Int64
	actor := newActor(t, counted(&calls, func(call int64) (protocol.Outcome, error) {
		if call == 2 {
			return protocol.Outcome{}, errors.New("m")
		}
		return accepted(), nil
	}))
	want := &protocol.Error{Code: protocol.Canceled, Message: "pour: nothing was begun: shutting down", Effect: protocol.EffectNone}
	for _, dryRun := range []bool{false, true} {
		action := pourAction("1", goodParams)
		action.DryRun = dryRun
		_, err := actor.Act(gone, action)
		if diff := cmp.Diff(want, errorOf(t, err), noCause); diff != "" {
			t.Errorf("dry run %t: -want +got:\n%s", dryRun, diff)
		}
	}
	if calls.Load() != 0 {
		t.Fatal("it was begun")
	}
	// The same IDs, once they were used.
	if _, err := actor.Act(t.Context(), pourAction("done", goodParams)); err != nil {
		t.Fatal(err)
	}
	if _, err := actor.Act(t.Context(), pourAction("unknown", goodParams)); protocol.EffectOf(err) != protocol.EffectUnknown {
		t.Fatal(err)
	}
	if outcome, err := actor.Act(gone, pourAction("done", goodParams)); err != nil || outcome.Status != protocol.OutcomeAccepted {
		t.Errorf("what was done is denied: %+v, %v", outcome, err)
	}
	if _, err := actor.Act(gone, pourAction("unknown", goodParams)); protocol.EffectOf(err) != protocol.EffectUnknown {
		t.Errorf("what may have been done is denied: %v", err)
	}
}

// TestActWaits: a call with an ID that is under way waits for it, and when its
// own time is over it does not know what became of the change.
func TestActWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		actor := newActor(t, counted(&calls, func(int64) (protocol.Outcome, error) {
			time.Sleep(10 * time.Second)
			return accepted(), nil
		}))
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := actor.Act(t.Context(), pourAction("1", goodParams)); err != nil {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := actor.Act(short, pourAction("1", goodParams))
		want := &protocol.Error{
			Code: protocol.DeadlineExceeded, Effect: protocol.EffectUnknown,
			Message: "pour: an earlier call with this ID is still under way: context deadline exceeded",
		}
		if diff := cmp.Diff(want, errorOf(t, err), noCause); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the cause is lost: %v", err)
		}
		if _, err := actor.Act(t.Context(), pourAction("1", `{"cup":"b","drops":1}`)); protocol.CodeOf(err) != protocol.InvalidArgument {
			t.Errorf("other parameters waited: %v", err)
		}
		if outcome, err := actor.Act(t.Context(), pourAction("1", goodParams)); err != nil || outcome.Status != protocol.OutcomeAccepted {
			t.Errorf("the patient one: %+v, %v", outcome, err)
		}
		wg.Wait()
		if calls.Load() != 1 {
			t.Errorf("it was done %d times", calls.Load())
		}
	})
}

// TestActAbandoned: a first caller that gives up before anything was changed does
// not take with it those who wait.
func TestActAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		actor := newActor(t, func(ctx context.Context, _ pourParams, _ bool) (protocol.Outcome, error) {
			calls.Add(1)
			select {
			case <-time.After(10 * time.Second):
				return accepted(), nil
			case <-ctx.Done():
				return protocol.Outcome{}, kit.ActError("pour", ctx.Err(), false)
			}
		})
		var wg sync.WaitGroup
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wg.Go(func() {
			if _, err := actor.Act(hasty, pourAction("1", goodParams)); protocol.EffectOf(err) != protocol.EffectNone {
				t.Errorf("the hasty one: %v", err)
			}
		})
		synctest.Wait()
		for range 10 {
			wg.Go(func() {
				if _, err := actor.Act(t.Context(), pourAction("1", goodParams)); err != nil {
					t.Errorf("a patient one: %v", err)
				}
			})
		}
		wg.Wait()
		if calls.Load() != 2 {
			t.Errorf("it was tried %d times", calls.Load())
		}
	})
}

// TestActFailureIsShared: those who wait for a call that failed on its own get
// its error, and do not each try again.
func TestActFailureIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		actor := newActor(t, counted(&calls, func(int64) (protocol.Outcome, error) {
			time.Sleep(time.Second)
			return protocol.Outcome{}, &protocol.Error{Code: protocol.PermissionDenied, Effect: protocol.EffectNone}
		}))
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := actor.Act(t.Context(), pourAction("1", goodParams)); protocol.CodeOf(err) != protocol.PermissionDenied {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
		if calls.Load() != 1 {
			t.Errorf("it was tried %d times", calls.Load())
		}
	})
}

// TestActOutcomeIsTheCallersOwn: what one caller does to its outcome no other
// sees.
func TestActOutcomeIsTheCallersOwn(t *testing.T) {
	actor := newActor(t, func(context.Context, pourParams, bool) (protocol.Outcome, error) { return accepted(), nil })
	for range 3 {
		outcome, err := actor.Act(t.Context(), pourAction("1", goodParams))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(accepted(), outcome); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		outcome.Changes[0].Entity = "changed"
	}
}
