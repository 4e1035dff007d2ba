package supervisor

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const endedSaying = "the plugin's process has ended; it last wrote: "

// What a subject's owner sees of processes that die and do not start.
func TestEvents(t *testing.T) {
	broken := protocol.Errorf(protocol.Unavailable, "start plugin: no such luck")
	refuses := protocol.Errorf(protocol.InvalidArgument, "url: is no URL")
	cases := map[string]struct {
		reason string
		budget Budget
		then   []fakeScript // what is started in place of the first
		want   []string     // after "running 1 pid 1" and its death
		state  State
	}{
		"restarted": {
			reason: "a process that dies is started again",
			then:   []fakeScript{{}},
			want:   []string{"restarting 1: " + endedSaying + "oops", "running 2 pid 2"},
			state:  Running,
		},
		"redefined": {
			reason: "another binary may be there now; it is said",
			then:   []fakeScript{{version: "2"}},
			want:   []string{"restarting 1: " + endedSaying + "oops", "running 2 pid 2 redefined"},
			state:  Running,
		},
		"does not start": {
			reason: "what does not start is tried again, and the configuration is sent again",
			then:   []fakeScript{{launch: broken}, {open: refuses}, {}},
			want: []string{
				"restarting 1: " + endedSaying + "oops",
				"down 1: start plugin: no such luck", "restarting 1: start plugin: no such luck",
				"down 1: configure: url: is no URL", "restarting 1: configure: url: is no URL",
				"running 2 pid 4",
			},
			state: Running,
		},
		"budget": {
			reason: "what dies too often stays down, and says what to do",
			budget: Budget{Max: 2, Within: time.Hour},
			then:   []fakeScript{{launch: broken}},
			want: []string{
				"restarting 1: " + endedSaying + "oops",
				"down 1: start plugin: no such luck", "restarting 1: start plugin: no such luck",
				"down 1: start plugin: no such luck",
				"failed 1: the plugin died more than 2 times within 1h0m0s and stays down; find out why, correct it and reload it;" +
					" the last time: start plugin: no such luck",
			},
			state: Failed,
		},
		"no budget": {
			reason: "a negative budget is none at all",
			budget: Budget{Max: -1},
			want: []string{
				"failed 1: the plugin died more than 0 times within 10m0s and stays down; find out why, correct it and reload it;" +
					" the last time: " + endedSaying + "oops",
			},
			then:  []fakeScript{{}},
			state: Failed,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, st, events := begin(t, Options{Spec: Spec{Budget: c.budget, Config: []byte(`{"a":1}`)}}, append([]fakeScript{{}}, c.then...)...)
				st.process(1).die("oops")
				time.Sleep(time.Minute)
				want := append([]string{"running 1 pid 1", "down 1: " + endedSaying + "oops"}, c.want...)
				compare(t, c.reason, want, said(events))
				compare(t, c.reason, c.state, s.State())
				if c.state == Running && s.PID() != st.processes[len(st.processes)-1].pid || c.state == Failed && s.PID() != 0 {
					t.Errorf("pid %d", s.PID())
				}
				for _, config := range st.configs {
					compare(t, "the configuration", `{"a":1}`, config)
				}
			})
		})
	}
}

// Each delay is twice the last, less up to a half, and a process that has run
// for long enough begins anew.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{Spec: Spec{Budget: Budget{Max: 100}}}, fakeScript{})
		at := func(n int) time.Time { st.process(n); st.mu.Lock(); defer st.mu.Unlock(); return st.launched[n-1] }
		nominal := 100 * time.Millisecond
		var jittered bool
		for n := 1; n < 15; n++ {
			died := time.Now()
			st.process(n).die("again")
			delay := at(n + 1).Sub(died)
			if delay < nominal/2 || delay > nominal {
				t.Errorf("start %d after %s, want %s to %s", n+1, delay, nominal/2, nominal)
			}
			jittered = jittered || delay != nominal
			nominal = min(2*nominal, 30*time.Second)
		}
		if !jittered {
			t.Error("every delay is what it would be without chance")
		}
		time.Sleep(time.Minute)
		died := time.Now()
		st.process(15).die("at last")
		if delay := at(16).Sub(died); delay > 100*time.Millisecond {
			t.Errorf("after it has run well: %s", delay)
		}
		synctest.Wait()
		compare(t, "state", Running, s.State())
	})
}

// Only crashes within the budget's time count.
func TestBudgetForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{}, fakeScript{})
		for n := 1; n < 50; n++ {
			st.process(n).die("now and then")
			time.Sleep(2*time.Minute + time.Second)
			compare(t, "state", Running, s.State())
		}
		st.process(50).die("the fifth in ten minutes")
		st.process(51).die("the sixth")
		synctest.Wait()
		compare(t, "state", Failed, s.State())
	})
}

// Calls that come while the process is down wait for the next one.
func TestWaitingCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{}, fakeScript{}, fakeScript{takes: time.Second})
		st.process(1).die("oops")
		var calls sync.WaitGroup
		for range 10 {
			calls.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				o, n, err := s.ObserveFrom(ctx)
				if err != nil || n != 2 || o.Summary != "2" {
					t.Errorf("%v, %d, %v", o.Summary, n, err)
				}
				outcome, err := s.Act(ctx, protocol.Action{Name: "mend", ID: "one"})
				if err != nil || outcome.Message != "by 2" {
					t.Errorf("%v, %v", outcome, err)
				}
			})
		}
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := s.Observe(short)
		compare(t, "too short", "Unavailable", brief(err))
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "observe: the plugin is down: "+endedSaying+"oops; it will be started again in ") {
			t.Errorf("%v", err)
		}
		_, err = s.Act(short, protocol.Action{Name: "mend", ID: "two"})
		compare(t, "too short to act", "Unavailable not_applied", brief(err))
		time.Sleep(500 * time.Millisecond)
		gaveUp, stop := context.WithCancel(t.Context())
		stop()
		_, err = s.Observe(gaveUp)
		if protocol.CodeOf(err) != protocol.Canceled || !strings.HasSuffix(err.Error(), "; it is being started again") {
			t.Errorf("%v", err)
		}
		calls.Wait()
	})
}

// When the budget is spent nobody waits, whatever the deadline.
func TestFailedFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{Spec: Spec{Budget: Budget{Max: -1}}}, fakeScript{})
		waiting := make(chan error, 1)
		st.process(1).die("oops")
		go func() {
			_, err := s.Observe(t.Context())
			waiting <- err
		}()
		began := time.Now()
		for _, want := range []string{"Unavailable", "Unavailable not_applied"} { // Observe has no effect to speak of
			err := <-waiting
			compare(t, "error", want, brief(err))
			if !strings.Contains(err.Error(), "stays down") || !strings.Contains(err.Error(), "it last wrote: oops") {
				t.Errorf("%v", err)
			}
			_, err = s.Act(t.Context(), protocol.Action{Name: "mend", ID: "one"})
			waiting <- err
		}
		if time.Since(began) > 0 {
			t.Errorf("it took %s", time.Since(began))
		}
	})
}

// An observation whose process dies under it is made once more.
func TestObserveIsMadeOnceMore(t *testing.T) {
	fails := func(context.Context, *fakeProcess) (protocol.Observation, error) {
		return protocol.Observation{}, protocol.Errorf(protocol.Unavailable, "the subject's own")
	}
	cases := map[string]struct {
		reason  string
		scripts []fakeScript
		from    uint64
		text    string
	}{
		"once":    {"the next process answers", []fakeScript{{observe: diesUnder}, {}}, 2, ""},
		"twice":   {"the one after that is not asked", []fakeScript{{observe: diesUnder}, {observe: diesUnder}, {}}, 2, "observe: " + endedSaying + "in a call"},
		"its own": {"a process that lives has answered", []fakeScript{{observe: fails}, {}}, 1, "the subject's own"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, _ := begin(t, Options{}, c.scripts...)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, from, err := s.ObserveFrom(ctx)
				compare(t, c.reason, c.from, from)
				if (err == nil) != (c.text == "") || err != nil && err.Error() != c.text {
					t.Errorf("%s: %v", c.reason, err)
				}
			})
		})
	}
}

// Nobody waits for those who want to know, and what they miss is counted.
func TestEventsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		few := make(chan Event, 2)
		_, st, _ := begin(t, Options{Events: few}, fakeScript{})
		st.process(1).die("oops")
		time.Sleep(time.Second)
		compare(t, "what fitted", 2, len(said(few)))
		st.process(2).die("oops")
		time.Sleep(time.Second)
		e := <-few
		compare(t, "what was missed", 2, e.Missed)
		compare(t, "what came after", EventDown, e.Type)
	})
}

// A process that lives and cannot be reached is ended, and started again. One
// that says itself that something is unavailable is not.
func TestUnreachable(t *testing.T) {
	answers := func(cause error) fakeScript {
		return fakeScript{observe: func(context.Context, *fakeProcess) (protocol.Observation, error) {
			return protocol.Observation{}, &protocol.Error{Code: protocol.Unavailable, Message: "observe: no such socket", Err: cause}
		}}
	}
	cases := map[string]struct {
		reason string
		script fakeScript
		pause  time.Duration
		want   []string
	}{
		"unreachable": {
			"nobody is there", answers(errors.New("connection refused")), time.Second,
			[]string{
				"running 1 pid 1", "down 1: the plugin's process could not be reached any more and was ended: observe: no such socket",
				"restarting 1: the plugin's process could not be reached any more and was ended: observe: no such socket", "running 2 pid 2",
			},
		},
		"for a moment": {"it may be back at once", answers(errors.New("connection refused")), time.Millisecond, []string{"running 1 pid 1"}},
		"its own":      {"the process is there to say so", answers(nil), time.Second, []string{"running 1 pid 1"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, events := begin(t, Options{}, c.script, fakeScript{})
				for range 5 {
					_, _ = s.Observe(t.Context())
					time.Sleep(c.pause)
				}
				compare(t, c.reason, c.want, said(events))
			})
		})
	}
}
