package supervisor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestReload(t *testing.T) {
	bad := protocol.Errorf(protocol.Unavailable, "start plugin: its process ended")
	refuses := protocol.Errorf(protocol.InvalidArgument, "url: is no URL")
	slow := func(ctx context.Context, _ *fakeProcess) (protocol.Observation, error) {
		<-ctx.Done()
		return protocol.Observation{}, protocol.Errorf(protocol.CodeOf(ctx.Err()), "took too long")
	}
	cases := map[string]struct {
		reason string
		script fakeScript
		crash  bool // the process is down and the budget spent
		want   string
		events []string // after the beginning
		serves string
		state  State
	}{
		"works": {
			reason: "the new one serves at once", want: "<nil>",
			events: []string{"swapping 1", "swapped 2 pid 2"}, serves: "2", state: Running,
		},
		"redefined": {
			reason: "another definition is what a reload is for", script: fakeScript{version: "2"}, want: "<nil>",
			events: []string{"swapping 1", "swapped 2 pid 2 redefined"}, serves: "2", state: Running,
		},
		"brings back": {
			reason: "what stays down is brought back", crash: true, want: "<nil>",
			events: []string{"swapping 1", "swapped 2 pid 2"}, serves: "2", state: Running,
		},
		"does not start": {
			reason: "the old one goes on", script: fakeScript{launch: bad}, want: "reload: start plugin: its process ended",
			events: []string{"swapping 1", "swap_refused 1: reload: start plugin: its process ended"}, serves: "1", state: Running,
		},
		"refuses": {
			reason: "the old one goes on", script: fakeScript{open: refuses}, want: "reload: configure: url: is no URL",
			events: []string{"swapping 1", "swap_refused 1: reload: configure: url: is no URL"}, serves: "1", state: Running,
		},
		"dies in the check": {
			reason: "its last words tell why", script: fakeScript{observe: diesUnder}, want: "reload: observe: " + endedSaying + "in a call",
			events: []string{"swapping 1", "swap_refused 1: reload: observe: " + endedSaying + "in a call"}, serves: "1", state: Running,
		},
		"does not observe": {
			reason: "what makes no observation in its time is no good", script: fakeScript{observe: slow}, want: "reload: observe: took too long",
			events: []string{"swapping 1", "swap_refused 1: reload: observe: took too long"}, serves: "1", state: Running,
		},
		"stays down": {
			reason: "what stays down stays so, if the new one is no better", crash: true, script: fakeScript{launch: bad},
			want:   "reload: start plugin: its process ended",
			events: []string{"swapping 1", "swap_refused 1: reload: start plugin: its process ended"}, state: Failed,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, st, events := begin(t, Options{Spec: Spec{Budget: Budget{Max: -1}}}, fakeScript{}, c.script)
				if c.crash {
					st.process(1).die("oops")
				}
				synctest.Wait()
				said(events)
				err := s.Reload(t.Context(), Spec{Config: []byte(`{"b":2}`)})
				compare(t, c.reason, c.want, fmt.Sprint(err))
				synctest.Wait()
				compare(t, c.reason, c.events, said(events))
				compare(t, c.reason, c.state, s.State())
				if c.state == Running {
					o, err := s.Observe(t.Context())
					if err != nil || o.Summary != c.serves {
						t.Errorf("%s: by %s, %v", c.reason, o.Summary, err)
					}
				}
				if c.serves != "1" && st.process(1).closings() != 1 {
					t.Error("the old process was not closed")
				}
				if strings.HasPrefix(c.serves, "2") { // what dies then is started with the new configuration
					if _, ok := s.DefinitionFrom(1); ok {
						t.Error("the old definition is still known")
					}
					compare(t, "the configurations", []string{"{}", `{"b":2}`}, st.configs)
				}
			})
		})
	}
}

// The old process finishes what it has, if it does so in time, while the new one
// serves.
func TestReloadDrains(t *testing.T) {
	for name, c := range map[string]struct {
		reason        string
		takes         time.Duration
		observed, act string
	}{
		"in time":  {"calls get the old one's answers", 5 * time.Second, "1 none", "by 1 none"},
		"too late": {"an observation is made once more, and an action never", time.Hour, "2 none", " Unavailable unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wait := func(p *fakeProcess) error {
					select {
					case <-time.After(c.takes):
						return nil
					case <-p.done: // it is closed
						return &protocol.Error{Code: protocol.FailedPrecondition, Message: "closed meanwhile", Effect: protocol.EffectUnknown}
					}
				}
				s, st, _ := begin(t, Options{Spec: Spec{Timeout: 10 * time.Second}}, fakeScript{
					observe: func(_ context.Context, p *fakeProcess) (protocol.Observation, error) {
						return protocol.Observation{Summary: "1"}, wait(p)
					},
					act: func(_ context.Context, p *fakeProcess, _ protocol.Action) (protocol.Outcome, error) {
						if err := wait(p); err != nil {
							return protocol.Outcome{}, err
						}
						return protocol.Outcome{Message: "by 1"}, nil
					},
				}, fakeScript{})
				var calls sync.WaitGroup
				calls.Go(func() {
					o, err := s.Observe(t.Context())
					compare(t, c.reason, c.observed, o.Summary+" "+brief(err))
				})
				calls.Go(func() {
					outcome, err := s.Act(t.Context(), protocol.Action{Name: "mend", ID: "id"})
					compare(t, c.reason, c.act, outcome.Message+" "+brief(err))
					if err != nil && !strings.Contains(err.Error(), "was replaced, and did not finish the call within 10s") {
						t.Errorf("it says %v", err)
					}
				})
				synctest.Wait()
				began := time.Now()
				if err := s.Reload(t.Context(), Spec{}); err != nil {
					t.Fatal(err)
				}
				o, err := s.Observe(t.Context())
				compare(t, "the new one serves", "2 none", o.Summary+" "+brief(err))
				compare(t, "at once", 0, time.Since(began))
				compare(t, "the old one is left alone", 0, st.process(1).closings())
				calls.Wait()
				compare(t, "in its time", min(c.takes, 10*time.Second), time.Since(began))
			})
		})
	}
}

// A reload gives the plugin a new budget.
func TestReloadGivesANewBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{Spec: Spec{Budget: Budget{Max: 1}}}, fakeScript{})
		for n, want := range []State{Running, Failed} {
			st.process(n + 1).die("oops")
			time.Sleep(time.Second)
			compare(t, "before", want, s.State())
		}
		if err := s.Reload(t.Context(), Spec{Budget: Budget{Max: 1}}); err != nil {
			t.Fatal(err)
		}
		for n, want := range []State{Running, Failed} {
			st.process(n + 3).die("oops")
			time.Sleep(time.Second)
			compare(t, "after", want, s.State())
		}
	})
}

// A reload during a restart takes over from it.
func TestReloadWhileDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, events := begin(t, Options{}, fakeScript{}, fakeScript{takes: time.Minute}, fakeScript{})
		st.process(1).die("oops")
		time.Sleep(time.Second) // the second is being started
		if err := s.Reload(t.Context(), Spec{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		compare(t, "the reload's process", 3, s.PID())
		compare(t, "events", []string{
			"running 1 pid 1", "down 1: " + endedSaying + "oops", "restarting 1: " + endedSaying + "oops", "swapping 1", "swapped 2 pid 3",
		}, said(events))
	})
}

// Reloads come one after the other, so that there are never more than two
// processes.
func TestReloadsAreSerialised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{}, fakeScript{takes: time.Second})
		var reloads sync.WaitGroup
		for range 5 {
			reloads.Go(func() {
				if err := s.Reload(t.Context(), Spec{}); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if err := s.Reload(short, Spec{}); protocol.CodeOf(err) != protocol.DeadlineExceeded || !strings.Contains(err.Error(), "wait for the last reload") {
			t.Errorf("%v", err)
		}
		reloads.Wait()
		for i, at := range st.launched[1:] {
			compare(t, "start", time.Duration(i+1)*time.Second, at.Sub(st.launched[0]))
		}
		compare(t, "the last one serves", 6, s.PID())
	})
}

// Close ends whatever is going on: what is being started, swapped, drained or
// waited for.
func TestClose(t *testing.T) {
	hang := func(ctx context.Context, p *fakeProcess) (protocol.Observation, error) {
		select {
		case <-p.done:
		case <-ctx.Done():
		}
		return protocol.Observation{}, &protocol.Error{Code: protocol.FailedPrecondition, Message: "closed meanwhile"}
	}
	cases := map[string]struct {
		reason  string
		scripts []fakeScript
		before  func(*Supervisor, *stage)
	}{
		"running":            {"the usual", []fakeScript{{}}, nil},
		"in a call":          {"calls fail", []fakeScript{{observe: hang}}, nil},
		"waiting to restart": {"nothing is started any more", []fakeScript{{}}, func(_ *Supervisor, st *stage) { st.process(1).die("oops") }},
		"restarting": {"what is being started is given up", []fakeScript{{}, {takes: time.Hour}}, func(_ *Supervisor, st *stage) {
			st.process(1).die("oops")
			time.Sleep(time.Second)
		}},
		"reloading": {"and so is what a reload starts", []fakeScript{{}, {takes: time.Hour}}, func(s *Supervisor, _ *stage) {
			go func() { _ = s.Reload(context.Background(), Spec{}) }()
		}},
		"checking": {"or checks", []fakeScript{{}, {observe: hang}}, func(s *Supervisor, _ *stage) {
			go func() { _ = s.Reload(context.Background(), Spec{}) }()
		}},
		"draining": {"an old process is no longer left to finish", []fakeScript{{observe: hang}, {}}, func(s *Supervisor, _ *stage) {
			go func() { _ = s.Reload(context.Background(), Spec{}) }()
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, st, events := begin(t, Options{Spec: Spec{Timeout: time.Hour}}, c.scripts...)
				var calls sync.WaitGroup
				if c.scripts[0].observe != nil {
					calls.Go(func() {
						_, err := s.Observe(t.Context())
						compare(t, c.reason, protocol.FailedPrecondition, protocol.CodeOf(err))
					})
					synctest.Wait()
				}
				if c.before != nil {
					c.before(s, st)
					synctest.Wait()
				}
				began := time.Now()
				for range 2 {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
				compare(t, c.reason, 0, time.Since(began))
				calls.Wait()
				compare(t, "state", Closed, s.State())
				_, err := s.Observe(t.Context())
				compare(t, "observe", "FailedPrecondition", brief(err))
				_, err = s.Act(t.Context(), protocol.Action{Name: "mend", ID: "id"})
				compare(t, "act", "FailedPrecondition not_applied", brief(err))
				compare(t, "reload", "FailedPrecondition", brief(s.Reload(t.Context(), Spec{})))
				all := said(events)
				if !strings.HasPrefix(all[len(all)-1], "closed ") {
					t.Errorf("the last event: %v", all)
				}
			})
		})
	}
}

func TestStartFails(t *testing.T) {
	refuses := protocol.Errorf(protocol.InvalidArgument, "url: is no URL")
	for name, script := range map[string]fakeScript{"launch": {launch: refuses}, "open": {open: refuses}} {
		t.Run(name, func(t *testing.T) {
			st := &stage{scripts: []fakeScript{script}}
			spec := Spec{Explain: func(err error) error { return fmt.Errorf("in the file: %w", err) }}
			_, err := startWith(t.Context(), Options{Spec: spec}, st.launch)
			if protocol.CodeOf(err) != protocol.InvalidArgument || !strings.Contains(fmt.Sprint(err), "in the file: url: is no URL") {
				t.Errorf("%v", err)
			}
			for _, p := range st.processes {
				compare(t, "closed", 1, p.closed)
			}
		})
	}
}
