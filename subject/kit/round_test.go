package kit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func mustRound(t *testing.T, ctx context.Context) *kit.Round { //nolint:revive // t comes first in a helper
	t.Helper()
	round, done, err := kit.NewRound(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return round
}

// hang waits for its context, as a client does whose server never answers.
func hang(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// answer is a source that takes a time to answer, or is given up.
func answer[T any](value T, after time.Duration) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) {
		select {
		case <-time.After(after):
			return value, nil
		case <-ctx.Done():
			return value, &failure.Error{Op: "ask", Class: failure.Classify(ctx.Err()), Err: ctx.Err()}
		}
	}
}

// TestRoundGivenUp: the caller that gave up gets the contract's error.
func TestRoundGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		round := mustRound(t, ctx)
		reading := kit.Read(round, "src", time.Hour, hang)
		if err := round.Err(); err != nil {
			t.Fatalf("nobody gave up: %v", err)
		}
		cancel(errors.New("shutting down"))
		if _, miss := reading.Wait(); miss == nil || miss.Silent() {
			t.Errorf("a source is blamed for the caller: %+v", miss)
		}
		err := round.Err()
		if protocol.CodeOf(err) != protocol.Canceled || !errors.Is(err, context.Canceled) || err.Error() != "observe: shutting down" {
			t.Errorf("got %v", err)
		}
	})
}

func TestRoundEndedAlready(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, release := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer release()
	for want, ctx := range map[protocol.Code]context.Context{protocol.Canceled: canceled, protocol.DeadlineExceeded: expired} {
		round, done, err := kit.NewRound(ctx)
		if round != nil || done != nil || protocol.CodeOf(err) != want {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

// TestRoundDone: the caller that is done with all readings ends those that are
// not awaited.
func TestRoundDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round, done, err := kit.NewRound(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// One calls it what it is, one takes any end of its context for a timeout.
		bare := kit.Read(round, "bare", time.Hour, hang)
		mistaken := kit.Read(round, "mistaken", time.Hour, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, &failure.Error{Op: "ask", Class: failure.Timeout}
		})
		done()
		for _, reading := range []*kit.Reading[int]{bare, mistaken} {
			if _, miss := reading.Wait(); miss == nil || miss.Silent() {
				t.Errorf("got %+v", miss)
			}
		}
		if took := time.Since(round.Started()); took > time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestRoundConcurrently reads and looks from many goroutines at once, for the
// race detector.
func TestRoundConcurrently(t *testing.T) {
	round := mustRound(t, t.Context())
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			reading := kit.Read(round, []string{"a", "b"}[i%2], time.Minute, func(context.Context) (int, error) { return i, nil })
			for range 3 {
				wg.Go(func() {
					if value, miss := reading.Wait(); value != i || miss != nil {
						t.Errorf("got %d, %v", value, miss)
					}
				})
			}
			round.Sources()
		})
	}
	wg.Wait()
	if n := len(round.Sources()); n != 2 {
		t.Errorf("there are %d sources", n)
	}
}
