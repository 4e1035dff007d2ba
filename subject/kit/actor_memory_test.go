package kit_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// memory is the number of actions that are remembered.
const memory = 4096

// TestActMemory: beyond the bound the oldest that is done is forgotten, and no
// other.
func TestActMemory(t *testing.T) {
	var calls atomic.Int64
	release := make(chan struct{})
	actor := newActor(t, func(_ context.Context, p pourParams, _ bool) (protocol.Outcome, error) {
		calls.Add(1)
		if p.Cup == "slow" {
			<-release
		}
		return accepted(), nil
	})
	act := func(id string) {
		t.Helper()
		if _, err := actor.Act(t.Context(), pourAction(id, goodParams)); err != nil {
			t.Fatal(err)
		}
	}
	did := func(id string) bool {
		t.Helper()
		before := calls.Load()
		act(id)
		return calls.Load() > before
	}
	// The oldest of all is still under way.
	var wg sync.WaitGroup
	began := calls.Load()
	wg.Go(func() {
		if _, err := actor.Act(t.Context(), pourAction("slow", `{"cup":"slow","drops":1}`)); err != nil {
			t.Error(err)
		}
	})
	for calls.Load() == began {
		runtime.Gosched()
	}
	for i := range memory - 1 {
		act(fmt.Sprint(i))
	}
	if did("0") || did(fmt.Sprint(memory-2)) {
		t.Error("it was forgotten while there was room")
	}
	act("one more")
	if did("1") || did("one more") {
		t.Error("another than the oldest was forgotten")
	}
	if !did("0") {
		t.Error("nothing was forgotten") // and now 1 is the oldest, and gone
	}
	close(release)
	wg.Wait()
	before := calls.Load()
	if _, err := actor.Act(t.Context(), pourAction("slow", `{"cup":"slow","drops":1}`)); err != nil || calls.Load() != before {
		t.Errorf("what was under way was forgotten: %v", err)
	}
}

// TestActMemoryFull: while as many as can be remembered are under way there is
// no room, and nothing is begun that would not be remembered.
func TestActMemoryFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		actor := newActor(t, func(context.Context, pourParams, bool) (protocol.Outcome, error) {
			<-release
			return accepted(), nil
		})
		var wg sync.WaitGroup
		for i := range memory {
			wg.Go(func() {
				if _, err := actor.Act(t.Context(), pourAction(fmt.Sprint(i), goodParams)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		_, err := actor.Act(t.Context(), pourAction("one more", goodParams))
		want := &protocol.Error{
			Code: protocol.ResourceExhausted, Effect: protocol.EffectNone, Retryable: true,
			Message: "pour: 4096 actions are under way; try again when some are done",
		}
		if diff := cmp.Diff(want, errorOf(t, err)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		close(release)
		wg.Wait()
		if _, err := actor.Act(t.Context(), pourAction("one more", goodParams)); err != nil {
			t.Errorf("there is room again: %v", err)
		}
	})
}

// TestActMemoryBytes: outcomes that name megabytes are not all kept, but that
// the actions were done is.
func TestActMemoryBytes(t *testing.T) {
	const count = 100
	megabyte := strings.Repeat("k", 1<<20)
	var calls atomic.Int64
	actor := newActor(t, counted(&calls, func(call int64) (protocol.Outcome, error) {
		outcome := accepted()
		outcome.Changes[0].Entity = fmt.Sprint(call) + megabyte
		return outcome, nil
	}))
	kept, bytes := 0, 0
	for range 2 { // to do them, and to ask again
		kept, bytes = 0, 0
		for i := range count {
			outcome, err := actor.Act(t.Context(), pourAction(fmt.Sprint(i), goodParams))
			if err != nil || outcome.Status != protocol.OutcomeAccepted {
				t.Fatalf("%d: %v, %v", i, outcome.Status, err)
			}
			if len(outcome.Changes) == 0 {
				if want := "poured (what it changed is no longer remembered)"; outcome.Message != want {
					t.Errorf("got %q, want %q", outcome.Message, want)
				}
				continue
			}
			kept++
			bytes += len(outcome.Changes[0].Entity)
		}
	}
	if calls.Load() != count {
		t.Errorf("%d actions were done %d times", count, calls.Load())
	}
	if bytes > 64<<20 || kept < 60 {
		t.Errorf("%d outcomes with %d MB are remembered", kept, bytes>>20)
	}
}

// TestActOutcomeIsTheCallers: what one caller writes into its outcome no other
// sees.
func TestActOutcomeIsTheCallers(t *testing.T) {
	actor := newActor(t, func(context.Context, pourParams, bool) (protocol.Outcome, error) {
		outcome := accepted()
		outcome.Changes[0].Before = []byte("0")
		return outcome, nil
	})
	want := accepted()
	want.Changes[0].Before = []byte("0")
	for range 3 {
		got, err := actor.Act(t.Context(), pourAction("1", goodParams))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		got.Changes[0].Before[0], got.Changes[0].After[0] = '?', '?'
		got.Changes[0].Entity = "scribbled"
	}
}
