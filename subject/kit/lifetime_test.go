package kit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestLifetimeEnter(t *testing.T) {
	var life kit.Lifetime
	outer, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	ctx, leave, err := life.Enter(outer, "observe")
	if err != nil || ctx.Err() != nil {
		t.Fatalf("got %v, %v", ctx.Err(), err)
	}
	if got, ok := ctx.Deadline(); !ok || !got.Equal(func() time.Time { d, _ := outer.Deadline(); return d }()) {
		t.Error("the caller's deadline is lost")
	}
	leave()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error("a call that has left goes on")
	}
	leave() // and nothing happens
	if !life.Close() || life.Close() {
		t.Error("the first Close is not told from the second")
	}
}

func TestLifetimeClosed(t *testing.T) {
	var life kit.Lifetime
	life.Close()
	ctx, leave, err := life.Enter(t.Context(), "act")
	want := &protocol.Error{Code: protocol.FailedPrecondition, Message: "act: the subject is closed"}
	if diff := cmp.Diff(want, errorOf(t, err)); diff != "" || ctx != nil || leave != nil {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLifetimeCloseWaits: Close ends the calls that are in, and returns when they
// have left, however often it is called.
func TestLifetimeCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var life kit.Lifetime
		var in atomic.Int64
		var wg sync.WaitGroup
		for range 10 {
			ctx, leave, err := life.Enter(t.Context(), "observe")
			if err != nil {
				t.Fatal(err)
			}
			in.Add(1)
			wg.Go(func() {
				<-ctx.Done()
				if context.Cause(ctx).Error() != "the subject is being closed" {
					t.Errorf("it ended because of %v", context.Cause(ctx))
				}
				time.Sleep(time.Second) // to tidy up
				in.Add(-1)
				leave()
			})
		}
		var firsts atomic.Int64
		for range 5 {
			wg.Go(func() {
				if life.Close() {
					firsts.Add(1)
				}
				if in.Load() != 0 {
					t.Errorf("closed with %d calls in", in.Load())
				}
			})
		}
		wg.Wait()
		if firsts.Load() != 1 {
			t.Errorf("%d were the first to close", firsts.Load())
		}
	})
}

// TestLifetimeRace enters and closes from everywhere at once: whoever got in
// has left when Close returns.
func TestLifetimeRace(t *testing.T) {
	for range 200 {
		var life kit.Lifetime
		var in atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, leave, err := life.Enter(t.Context(), "observe")
				if err != nil {
					return
				}
				in.Add(1)
				in.Add(-1)
				leave()
			})
		}
		life.Close()
		if in.Load() != 0 {
			t.Fatal("closed with a call in")
		}
		wg.Wait()
	}
}
