package kit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// TestReadTimes is about whose time runs out first.
func TestReadTimes(t *testing.T) {
	const never = 24 * time.Hour
	cases := map[string]struct {
		reason   string
		deadline time.Duration // the observation's; 0: none
		timeout  time.Duration // the source's
		read     func(context.Context) (int, error)
		class    protocol.SourceClass
		silent   bool
		message  string
		took     time.Duration
	}{
		"OwnTimeout": {
			reason: "It had its time, and was not there.", deadline: 10 * time.Second, timeout: time.Second, read: hang,
			class: protocol.SourceTimeout, silent: true, message: "src: no answer within 1s", took: time.Second,
		},
		"OwnWords": {
			reason: "A client's words are better than ours.", deadline: 10 * time.Second, timeout: time.Second, read: answer(0, never),
			class: protocol.SourceTimeout, silent: true, message: "ask: timeout", took: time.Second,
		},
		"Deadline": {
			reason: "It had not its time: nothing is known of it. A tenth of the time, at most 200 ms, is kept.", deadline: 10 * time.Second, timeout: time.Minute, read: hang,
			class: protocol.SourceDeadline, message: "src: the observation's deadline came after 9.8s, before the source's timeout of 1m0s; give observations more time", took: 9800 * time.Millisecond,
		},
		"DeadlineInOtherWords": {
			reason: "However the client calls it.", deadline: 10 * time.Second, timeout: time.Minute, read: answer(0, never),
			class: protocol.SourceDeadline, message: "src: the observation's deadline came after 9.8s, before the source's timeout of 1m0s; give observations more time", took: 9800 * time.Millisecond,
		},
		"ShortDeadline": {
			reason: "A tenth of little is little.", deadline: 100 * time.Millisecond, timeout: time.Minute, read: hang,
			class: protocol.SourceDeadline, message: "src: the observation's deadline came after 90ms, before the source's timeout of 1m0s; give observations more time", took: 90 * time.Millisecond,
		},
		"BarelyOwn": {
			reason: "The source's timeout ends just before the readings' time.", deadline: 10 * time.Second, timeout: 9799 * time.Millisecond, read: hang,
			class: protocol.SourceTimeout, silent: true, message: "src: no answer within 9.799s", took: 9799 * time.Millisecond,
		},
		"NoDeadline": {
			reason: "Without a deadline every source still has its timeout.", timeout: time.Minute, read: hang,
			class: protocol.SourceTimeout, silent: true, message: "src: no answer within 1m0s", took: time.Minute,
		},
		"NoTime": {
			reason: "A source that is given no time.", timeout: 0, read: hang,
			class: protocol.SourceTimeout, silent: true, message: "src: no answer within 0s", took: 0,
		},
		"Canceled": {
			reason: "A client that calls itself off has learned nothing of the source.", timeout: time.Minute,
			read:  func(context.Context) (int, error) { return 0, &failure.Error{Op: "ask", Class: failure.Canceled} },
			class: protocol.SourceDeadline, message: "ask: canceled",
		},
		"Refused": {
			reason: "What it answered stands, whatever the time.", deadline: time.Second, timeout: time.Minute,
			read:  func(context.Context) (int, error) { return 0, &failure.Error{Op: "ask", Class: failure.Forbidden} },
			class: protocol.SourceRefused, message: "ask: forbidden",
		},
		"Unreachable": {
			reason: "Nobody is there.", deadline: time.Second, timeout: time.Minute,
			read:  func(context.Context) (int, error) { return 0, &failure.Error{Op: "ask", Class: failure.Unreachable} },
			class: protocol.SourceUnreachable, silent: true, message: "ask: unreachable",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.deadline > 0 {
					bounded, cancel := context.WithTimeout(ctx, tc.deadline)
					defer cancel()
					ctx = bounded
				}
				round := mustRound(t, ctx)
				_, miss := kit.Read(round, "src", tc.timeout, tc.read).Wait()
				if miss == nil {
					t.Fatal("there is no miss")
				}
				type seen struct {
					Source  protocol.Source
					Message string
					Silent  bool
				}
				want := seen{protocol.Source{Name: "src", Class: tc.class, Message: tc.message, Latency: tc.took}, tc.message, tc.silent}
				got := seen{round.Sources()[0], miss.Message, miss.Silent()}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
				}
				if err := round.Err(); err != nil {
					t.Errorf("the observation has time left, and yet: %v", err)
				}
			})
		})
	}
}

// TestReadIsAbandoned: a source that ignores its context holds nobody up. The
// reading is over before the observation's deadline, however short that is, and
// what comes late is thrown away.
func TestReadIsAbandoned(t *testing.T) {
	for _, deadline := range []time.Duration{time.Millisecond, 10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, time.Second, time.Minute} {
		t.Run(deadline.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				round := mustRound(t, ctx)
				release := make(chan struct{})
				reading := kit.Read(round, "stuck", time.Hour, func(context.Context) (int, error) {
					<-release
					return 7, nil
				})
				value, miss := reading.Wait()
				if took := time.Since(round.Started()); took >= deadline {
					t.Errorf("it was waited for %v of %v", took, deadline)
				}
				if value != 0 || miss == nil || miss.Class != protocol.SourceDeadline {
					t.Errorf("got %d, %v", value, miss)
				}
				before := round.Sources()
				close(release)
				synctest.Wait()
				if value, miss := reading.Wait(); value != 0 || miss == nil {
					t.Errorf("the late result counts: %d, %v", value, miss)
				}
				if diff := cmp.Diff(before, round.Sources()); diff != "" {
					t.Errorf("the late result changed the sources: -before +after:\n%s", diff)
				}
			})
		})
	}
}

// TestReadIsAbandonedOnTime is the same for the source's own timeout.
func TestReadIsAbandonedOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round := mustRound(t, t.Context())
		release := make(chan struct{})
		defer close(release)
		_, miss := kit.Read(round, "stuck", time.Second, func(context.Context) (int, error) { <-release; return 7, nil }).Wait()
		if !miss.Silent() || miss.Message != "stuck: no answer within 1s" {
			t.Errorf("got %v", miss)
		}
		if took := time.Since(round.Started()); took < time.Second || took > 1020*time.Millisecond {
			t.Errorf("it was waited for %v", took)
		}
	})
}

// TestReadIsPatient: what a source says a little after its time is still heard.
func TestReadIsPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round := mustRound(t, t.Context())
		value, miss := kit.Read(round, "late", time.Second, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(10 * time.Millisecond)
			return 7, nil
		}).Wait()
		if value != 7 || miss != nil {
			t.Errorf("got %d, %v", value, miss)
		}
	})
}
