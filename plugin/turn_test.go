package plugin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// However many calls there are, one of them has the turn.
func TestTurnsAreTakenOneByOne(t *testing.T) {
	t.Parallel()
	var all turns
	var wg sync.WaitGroup
	var holding, most, held atomic.Int64
	for range 16 {
		wg.Go(func() {
			for range 200 {
				one := all.next()
				if err := one.take(t.Context()); err != nil {
					t.Error(err)
				}
				if err := one.take(t.Context()); err != nil { // it has it
					t.Error(err)
				}
				most.Store(max(most.Load(), holding.Add(1)))
				held.Add(1)
				holding.Add(-1)
				one.end()
				one.end() // it has it no more
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 || held.Load() != 16*200 {
		t.Errorf("%d at once, %d in all", most.Load(), held.Load())
	}
}

// A call waits for its turn no longer than its context lasts, and then others
// need not wait for it.
func TestTurnIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all turns
		first := all.next()
		if err := first.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		because := errors.New("because")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, because)
		defer cancel()
		start := time.Now()
		late := all.next()
		if err := late.take(ctx); !errors.Is(err, because) || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		late.end() // which takes nothing from the first
		third := all.next()
		taken := make(chan error)
		go func() { taken <- third.take(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-taken:
			t.Fatalf("two have the turn, %v", err)
		default:
		}
		first.end()
		if err := <-taken; err != nil {
			t.Error(err)
		}
		third.end()
	})
}

// What waits for its turn fails at its deadline as what waits for the plugin
// does, and what comes after it is served.
func TestCallEndsWhileItWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	raw, err := proto.Marshal(&subjectv1.ObserveResponse{Observation: anObservation()})
	if err != nil {
		t.Fatal(err)
	}
	opened, ok := hostile{"Observe": answerBytes(raw)}.open(t, aDefinition()).(*subject)
	if !ok {
		t.Fatal("it is no subject")
	}
	other := opened.turns.next()
	if err := other.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, shortcut := range []bool{true, false} {
		if !shortcut && !other.shorten() {
			t.Fatal("somebody has the shortcut")
		}
		endsWaiting(t, opened)
	}
	other.endShortcut()
	other.end()
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := opened.Observe(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if !other.shorten() {
		t.Error("nobody calls, and somebody has the shortcut")
	}
}

// endsWaiting makes calls that end before their turn.
func endsWaiting(t *testing.T, opened protocol.Subject) {
	t.Helper()
	for name, end := range map[string]func() (context.Context, context.CancelFunc){
		"deadline": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		},
		"cancel": func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			return ctx, cancel
		},
	} {
		ctx, cancel := end()
		_, err := opened.Observe(ctx)
		cancel()
		if want := protocol.CodeOf(ctx.Err()); protocol.CodeOf(err) != want {
			t.Errorf("%s: want %s, got %v", name, want, err)
		}
	}
}

// Of the calls that wait for their turns one has the shortcut, and what it does
// not have is received by nobody.
func TestOneAnswerIsReceivedBeforeItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		observation := anObservation()
		observation.State = []byte(`{"x":"` + strings.Repeat("x", MaxMessageBytes/2) + `"}`)
		raw, err := proto.Marshal(&subjectv1.ObserveResponse{Observation: observation})
		if err != nil {
			t.Fatal(err)
		}
		opened, ok := hostile{"Observe": answerBytes(raw)}.open(t, aDefinition()).(*subject)
		if !ok {
			t.Fatal("it is no subject")
		}
		first := opened.turns.next()
		if err := first.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Calls are many, and the turn has somebody who does not end it yet.
		var decoding atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				one := opened.turns.next()
				defer one.end()
				ctx := context.WithValue(t.Context(), turnKey{}, one)
				c := &codec{take: func() error { decoding.Add(1); return one.take(ctx) }, collect: opened.garbage.received}
				_, err := opened.service.Observe(ctx, &subjectv1.ObserveRequest{}, append(opened.options, grpc.ForceCodecV2(c))...)
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // for all of them, until nothing moves
		if n := decoding.Load(); n != 1 {
			t.Errorf("%d answers are received whole while another has the turn", n)
		}
		first.end()
		wg.Wait()
		if n := decoding.Load(); n != 8 {
			t.Errorf("%d of 8 answers were decoded", n)
		}
	})
}

// A call that is not answered yet has no turn, and holds up no other.
func TestUnansweredCallHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	raw, err := proto.Marshal(&subjectv1.ObserveResponse{Observation: anObservation()})
	if err != nil {
		t.Fatal(err)
	}
	asked, answer := make(chan struct{}), make(chan struct{})
	subject := hostile{
		"Observe": answerBytes(raw),
		"Act": func() ([]byte, error) {
			close(asked)
			<-answer
			return proto.Marshal(&subjectv1.ActResponse{Status: "accepted"})
		},
	}.open(t, aDefinition())
	acted := make(chan error, 1)
	go func() {
		_, err := subject.Act(t.Context(), protocol.Action{Name: "restart", ID: "1"})
		acted <- err
	}()
	<-asked
	if _, err := subject.Observe(t.Context()); err != nil {
		t.Error(err)
	}
	close(answer)
	if err := <-acted; err != nil {
		t.Error(err)
	}
}
