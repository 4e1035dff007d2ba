package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// What comes of an ID that is used again after another process has taken over,
// be that by a crash or by a reload.
func TestAnIDActsOnce(t *testing.T) {
	fail := func(effect protocol.Effect) func(context.Context, *fakeProcess, protocol.Action) (protocol.Outcome, error) {
		return func(context.Context, *fakeProcess, protocol.Action) (protocol.Outcome, error) {
			return protocol.Outcome{}, &protocol.Error{Code: protocol.Aborted, Message: "told to", Effect: effect}
		}
	}
	first := protocol.Action{Name: "mend", ID: "id", Params: json.RawMessage(`{"a":1,"b":[2]}`)}
	cases := map[string]struct {
		reason string
		act    func(context.Context, *fakeProcess, protocol.Action) (protocol.Outcome, error)
		again  protocol.Action
		first  string // brief
		second string
		sent   int // to the second process
	}{
		"outcome": {"what was done is not done again", nil, first, "none", "none", 0},
		"spelled otherwise": {
			"the same parameters are the same action",
			nil,
			protocol.Action{Name: "mend", ID: "id", Params: json.RawMessage(` {"b": [2], "a": 1}`)},
			"none", "none", 0,
		},
		"other name":   {"an ID is for one action", nil, protocol.Action{Name: "break", ID: "id", Params: first.Params}, "none", "InvalidArgument not_applied", 0},
		"other params": {"an ID is for one action", nil, protocol.Action{Name: "mend", ID: "id"}, "none", "InvalidArgument not_applied", 0},
		"dry run":      {"a dry run does nothing, so it is asked for", nil, protocol.Action{Name: "mend", ID: "id", Params: first.Params, DryRun: true}, "none", "none", 1},
		"other ID":     {"another ID is another action", nil, protocol.Action{Name: "mend", ID: "other"}, "none", "none", 1},
		"applied":      {"what was done is not done again, though something failed", fail(protocol.EffectApplied), first, "Aborted applied", "Aborted applied", 0},
		"unknown":      {"what may have been done is not done again", fail(protocol.EffectUnknown), first, "Aborted unknown", "Aborted unknown", 0},
		"undeclared":   {"an error without an effect may have come too late", fail(""), first, "Aborted", "Aborted unknown", 0},
		"nothing":      {"what has changed nothing may be tried again", fail(protocol.EffectNone), first, "Aborted not_applied", "none", 1},
	}
	for name, c := range cases {
		for _, how := range []string{"crash", "reload", "down"} {
			t.Run(name+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, st, _ := begin(t, Options{}, fakeScript{act: c.act}, fakeScript{takes: time.Second})
					before, err := s.Act(t.Context(), first)
					compare(t, c.reason, c.first, brief(err))
					if how == "reload" {
						if err := s.Reload(t.Context(), Spec{}); err != nil {
							t.Fatal(err)
						}
					} else {
						st.process(1).die("oops")
					}
					if how == "crash" {
						time.Sleep(2 * time.Second)
					}
					began := time.Now()
					after, err := s.Act(t.Context(), c.again)
					compare(t, c.reason, c.second, brief(err))
					if c.sent == 0 {
						if err == nil {
							compare(t, c.reason, before, after)
						}
						compare(t, "nobody waits for a process to be told this", 0, time.Since(began))
					}
					compare(t, c.reason, c.sent, st.process(2).sent())
				})
			})
		}
	}
}

// An action whose process dies under it is not sent to another.
func TestActInFlightWhenTheProcessDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, st, _ := begin(t, Options{}, fakeScript{act: actDies}, fakeScript{})
		for n := range 3 {
			_, err := s.Act(t.Context(), protocol.Action{Name: "mend", ID: "id"})
			compare(t, fmt.Sprint("call ", n), "Unavailable unknown", brief(err))
			if !strings.HasPrefix(err.Error(), `act "mend": `+endedSaying+"in an action") {
				t.Errorf("%v", err)
			}
			time.Sleep(time.Second)
		}
		compare(t, "sent again", 0, st.process(2).sent())
	})
}

// The process itself answers for what it was asked, and knows better than the
// caller who gave up.
func TestTheProcessIsAskedForItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		s, st, _ := begin(t, Options{}, fakeScript{act: func(context.Context, *fakeProcess, protocol.Action) (protocol.Outcome, error) {
			calls++
			switch calls {
			case 1:
				return protocol.Outcome{}, &protocol.Error{Code: protocol.DeadlineExceeded, Effect: protocol.EffectUnknown}
			case 2:
				return protocol.Outcome{Status: protocol.OutcomeAccepted}, nil
			default: // refused before it was sent, which says nothing about the others
				return protocol.Outcome{}, &protocol.Error{Code: protocol.Canceled, Effect: protocol.EffectNone}
			}
		}}, fakeScript{})
		for _, want := range []string{"DeadlineExceeded unknown", "none", "Canceled not_applied"} {
			_, err := s.Act(t.Context(), protocol.Action{Name: "mend", ID: "id"})
			compare(t, "this process", want, brief(err))
		}
		st.process(1).die("oops")
		outcome, err := s.Act(t.Context(), protocol.Action{Name: "mend", ID: "id"})
		if err != nil || outcome.Status != protocol.OutcomeAccepted {
			t.Errorf("the next process: %v, %v", outcome, err)
		}
	})
}

// An ID that is still under way in a process that was replaced is waited for.
func TestRepeatedWhileUnderWayInTheOldProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan struct{})
		s, st, _ := begin(t, Options{}, fakeScript{act: func(context.Context, *fakeProcess, protocol.Action) (protocol.Outcome, error) {
			<-finish
			return protocol.Outcome{Message: "by the old one"}, nil
		}}, fakeScript{})
		answers := make(chan string, 2)
		act := func() {
			outcome, err := s.Act(t.Context(), protocol.Action{Name: "mend", ID: "id"})
			answers <- outcome.Message + brief(err)
		}
		go act()
		synctest.Wait()
		if err := s.Reload(t.Context(), Spec{}); err != nil {
			t.Fatal(err)
		}
		go act()
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Act(short, protocol.Action{Name: "mend", ID: "id"})
		compare(t, "who does not wait for it", "DeadlineExceeded unknown", brief(err))
		close(finish)
		for range 2 {
			compare(t, "the answer", "by the old onenone", <-answers)
		}
		compare(t, "sent to the new process", 0, st.process(2).sent())
	})
}

// The memory holds so many actions, the latest, and none that is very large.
func TestMemoryIsBounded(t *testing.T) {
	m := newMemory()
	large := protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "done", Changes: []protocol.Change{{Entity: strings.Repeat("k", 1<<20)}}}
	for n := range 3 * maxRemembered {
		id := fmt.Sprint(n)
		if err := m.begin("act", id, digest{}, 1); err != nil {
			t.Fatal(err)
		}
		m.finish(id, large, nil)
	}
	compare(t, "how many", maxRemembered, len(m.known))
	compare(t, "how many, in order", maxRemembered, m.recent.Len())
	r, ok := m.find(fmt.Sprint(3*maxRemembered - 1000))
	if !ok || r.outcome.Status != protocol.OutcomeAccepted || r.outcome.Changes != nil {
		t.Errorf("of the last thousand: %v, %+v", ok, r)
	}
	if _, ok := m.find("0"); ok {
		t.Error("the first is remembered")
	}

	full := newMemory()
	for n := range maxRemembered {
		if err := full.begin("act", fmt.Sprint(n), digest{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	err := full.begin("act", "one more", digest{}, 1)
	compare(t, "all under way", "ResourceExhausted not_applied", brief(err))
	full.finish("7", protocol.Outcome{}, nil)
	if err := full.begin("act", "one more", digest{}, 1); err != nil {
		t.Errorf("with room: %v", err)
	}
}

// What is remembered of an error keeps what a program goes by, and bounds the
// rest.
func TestAbridgedError(t *testing.T) {
	small := &protocol.Error{
		Code: protocol.Aborted, Message: "m", Effect: protocol.EffectApplied, Retryable: true, Err: errors.New("cause"),
		Fields: []protocol.FieldError{{Path: "a", Message: "b"}},
	}
	large := &protocol.Error{Code: protocol.Aborted, Message: strings.Repeat("é", maxResultBytes), Effect: protocol.EffectApplied, Fields: small.Fields}
	cases := map[string]struct {
		reason string
		err    error
		want   error
	}{
		"small":   {"all but what is not to be repeated", small, &protocol.Error{Code: protocol.Aborted, Message: "m", Effect: protocol.EffectApplied, Fields: small.Fields}},
		"large":   {"the beginning", large, &protocol.Error{Code: protocol.Aborted, Message: strings.Repeat("é", maxMessage/2) + "...", Effect: protocol.EffectApplied}},
		"foreign": {"of unknown effect", errors.New("x"), &protocol.Error{Code: protocol.UnknownError, Message: "x", Effect: protocol.EffectUnknown}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			compare(t, c.reason, fmt.Sprintf("%#v", c.want), fmt.Sprintf("%#v", abridgedError(c.err)))
		})
	}
}
