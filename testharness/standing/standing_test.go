package standing_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// broken returns the names of the rules that a record breaks, each once.
func broken(r record.Record) []string {
	var names []string
	for _, rule := range standing.Rules() {
		for _, f := range standing.Check(r) {
			if f.Rule == rule.Name {
				names = append(names, rule.Name)
				break
			}
		}
	}
	return names
}

func TestRules(t *testing.T) {
	t.Parallel()
	for i, r := range standing.Rules() {
		if r.Number != i+1 || r.Name == "" || r.Summary == "" {
			t.Errorf("rule %d is %+v", i+1, r)
		}
	}
}

func TestGoodStory(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]standing.Finding(nil), standing.Check(story()), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a good run (-want +got):\n%s", diff)
	}
}

// TestSmallestBreaks breaks the good story in one place at a time.
func TestSmallestBreaks(t *testing.T) {
	t.Parallel()
	const (
		returned = "returned_in_time"
		read     = "held_was_read"
		resolved = "nothing_resolved_while_unknown"
		notice   = "faults_are_noticed"
		alarms   = "no_false_alarms"
		returns  = "everything_returns"
		grows    = "nothing_grows"
		touch    = "actions_touch_their_entity"
		fresh    = "every_look_is_new"
		declares = "says_what_it_declares"
	)
	tests := map[string]struct {
		reason string
		spoil  func(r *record.Record)
		want   []string
	}{
		"Late": {
			reason: "An observation may not return after its deadline, whatever hangs.",
			spoil:  func(r *record.Record) { o := seen(r, 7); o.Deadline = o.Ended.Add(-standing.Slack - time.Millisecond) },
			want:   []string{returned},
		},
		"WithinSlack": {
			reason: "The machine's own noise is not the subject's.",
			spoil:  func(r *record.Record) { o := seen(r, 7); o.Deadline = o.Ended.Add(-standing.Slack) },
		},
		"HeldUnread": {
			reason: "Nothing came through the only link to it.",
			spoil:  func(r *record.Record) { seen(r, 3).Read["operator->disk"] = 0 },
			want:   []string{read},
		},
		"HeldUnreadOneOfTwo": {
			reason: "One link of several that do will do.",
			spoil:  func(r *record.Record) { o := seen(r, 3); o.Read["operator->a"], o.Read["operator->b"] = 0, 1 },
		},
		"HeldUnreadNoneOfTwo": {
			reason: "None of the links that would do has carried anything.",
			spoil:  func(r *record.Record) { seen(r, 3).Read["operator->a"] = 0 },
			want:   []string{read},
		},
		"HeldNotCounted": {
			reason: "What nobody counted proves nothing.",
			spoil:  func(r *record.Record) { delete(seen(r, 3).Read, "operator->disk") },
		},
		"HeldForTheOthers": {
			reason: "Broken for one says that it is held for the others, which is a claim as well.",
			spoil: func(r *record.Record) {
				say(r, 8, []string{"disk", "down/a"}, []string{"slow"})
				seen(r, 8).Read["operator->a"] = 0
			},
			want: []string{read},
		},
		"HeldThoughTheSourceFailed": {
			reason: "The source that it is read from has not answered.",
			spoil:  func(r *record.Record) { seen(r, 3).Observation.Sources[1].Class = protocol.SourceFailing },
			want:   []string{read},
		},
		"HeldPartly": {
			reason: "A source that was read in part was read.",
			spoil:  func(r *record.Record) { seen(r, 3).Observation.Sources[1].Class = protocol.SourcePartial },
		},
		"HeldByNobody": {
			reason: "Where nobody answered nothing is held, whatever is known of needs.",
			spoil: func(r *record.Record) {
				r.Needs = nil
				for i := range seen(r, 3).Observation.Sources {
					seen(r, 3).Observation.Sources[i].Class = protocol.SourceTimeout
				}
			},
			want: []string{read},
		},
		"ReadByAnotherAtTheSameTime": {
			reason: "Callers who come together share a look, and the bytes came while the other waited.",
			spoil: func(r *record.Record) {
				seen(r, 3).Read["operator->disk"] = 0
				seen(r, 4).Began = seen(r, 3).Began
			},
		},
		"ResolvedWhileUnknown": {
			reason: "The tracker closed what nobody could judge.",
			spoil: func(r *record.Record) {
				say(r, 8, nil, []string{"slow", "disk"})
				o := seen(r, 8)
				o.Transitions = []protocol.Transition{{From: protocol.Firing, To: protocol.Resolved, Ticket: protocol.Ticket{Invariant: "disk"}}}
			},
			want: []string{resolved},
		},
		"ResolvedWithoutObservation": {
			reason: "A failed observation is no news.",
			spoil: func(r *record.Record) {
				seen(r, 10).Transitions = []protocol.Transition{{From: protocol.Firing, To: protocol.Resolved, Ticket: protocol.Ticket{Invariant: "disk"}}}
			},
			want: []string{resolved},
		},
		"TicketLost": {
			reason: "A ticket that is gone without a word was closed all the same.",
			spoil:  func(r *record.Record) { seen(r, 9).Tickets = nil },
			want:   []string{resolved},
		},
		"UnknownForEverybody": {
			reason: "Where an invariant is unknown as a whole, so is each of its entities.",
			spoil: func(r *record.Record) {
				say(r, 7, []string{"disk", "down/a"}, []string{"slow"})
				say(r, 8, []string{"disk"}, []string{"slow", "down"})
			},
		},
		"HostResolvedWhileUnknown": {
			reason: "The host called it unknown, and resolves it.",
			spoil: func(r *record.Record) {
				hostSays(r, "resolved", "resolved", "slow")
				hostSays(r, "known", "observation", "")
			},
			want: []string{resolved},
		},
		"HostResolvedOneOfAllUnknown": {
			reason: "The host called it unknown for everybody, and resolves it for one.",
			spoil: func(r *record.Record) {
				hostSays(r, "resolved", "resolved", "slow/a")
				hostSays(r, "known", "observation", "")
			},
			want: []string{resolved},
		},
		"HostResolvedOneOfTheOthers": {
			reason: "It was unknown for everybody, and is for one of them only; of the others nothing is said.",
			spoil: func(r *record.Record) {
				hostSays(r, "known", "resolved", "slow/a")
				hostSays(r, "resolved", "unknown", "slow/b")
			},
		},
		"HostResolvedBlindly": {
			reason: "The host has no observations, and resolves all the same.",
			spoil:  func(r *record.Record) { hostSays(r, "firing", "observation_failed", "") },
			want:   []string{resolved},
		},
		"HostRecovered": {
			reason: "It has observations again.",
			spoil: func(r *record.Record) {
				hostSays(r, "firing", "observation_failed", "")
				hostSays(r, "known", "observation_recovered", "")
			},
		},
		"HostGarbled": {
			reason: "A host that writes anything but events is not to be believed.",
			spoil: func(r *record.Record) {
				for i, e := range r.Events {
					if e.Host != nil {
						r.Events[i].Host.Event = json.RawMessage("panic: \x1b[2J")
						return
					}
				}
			},
			want: []string{resolved},
		},
		"HostResolvedTooEarly": {
			reason: "Nobody held the disk while it was away.",
			spoil: func(r *record.Record) {
				r.Timeout, r.Interval = 100*time.Millisecond, 10*time.Millisecond
				for n := 1; n <= 12; n++ {
					say(r, n, []string{"disk"}, []string{"slow"})
				}
				r.Allow = marks("disk", "slow")
				hostSays(r, "firing", "resolved", "disk")
			},
			want: []string{resolved},
		},
		"NotNoticed": {
			reason: "The disk is away and called held, all the time.",
			spoil: func(r *record.Record) {
				r.Timeout = 0
				for n := 6; n <= 11; n++ {
					heal(r, n)
				}
			},
			want: []string{notice},
		},
		"NoticedByNobody": {
			reason: "Where nobody looked nobody noticed.",
			spoil: func(r *record.Record) {
				r.Timeout = 0
				r.Events = without(r.Events, 5, 11)
				track(r)
			},
			want: []string{notice},
		},
		"Flaps": {
			reason: "The disk is away still, and called held again.",
			spoil:  func(r *record.Record) { heal(r, 8) },
			want:   []string{notice},
		},
		"NotDueYet": {
			reason: "What takes its time to be seen is not owed before.",
			spoil: func(r *record.Record) {
				for _, e := range r.Events {
					if e.Fault != nil {
						e.Fault.Delay = time.Minute
					}
				}
				heal(r, 6)
				heal(r, 8)
			},
		},
		"FalseAlarm": {
			reason: "No fault explains that another thing is broken.",
			spoil:  func(r *record.Record) { say(r, 7, []string{"disk", "down/b"}, []string{"slow"}) },
			want:   []string{alarms},
		},
		"ExplainedAlarm": {
			reason: "The fault may do that too.",
			spoil:  func(r *record.Record) { say(r, 7, []string{"disk", "down/a"}, []string{"slow"}) },
		},
		"AlarmInHealthyTimes": {
			reason: "Before any fault nothing is broken.",
			spoil:  func(r *record.Record) { say(r, 1, []string{"disk"}, nil) },
			want:   []string{alarms},
		},
		"ExpectedAlarm": {
			reason: "A step of the scenario expects it.",
			spoil: func(r *record.Record) {
				say(r, 1, []string{"down/b"}, nil)
				r.Events = append([]record.Event{{At: r.Begin, Step: &record.Step{Number: 1, Expects: marks("down/b")}}}, r.Events...)
			},
		},
		"ExpectedOnlyUntilSettled": {
			reason: "What a step expected is over when its fault has settled.",
			spoil: func(r *record.Record) {
				say(r, 15, []string{"disk"}, nil)
				r.Events = append([]record.Event{{At: r.Begin, Step: &record.Step{Number: 1, Expects: marks("disk")}}}, r.Events...)
			},
			want: []string{alarms, returns},
		},
		"AllowedAtAnyTime": {
			reason: "The scenario allows it.",
			spoil: func(r *record.Record) {
				r.Allow = []fault.Mark{{Invariant: "down", Entity: "b"}}
				say(r, 18, []string{"down/b"}, nil)
			},
		},
		"DoesNotReturn": {
			reason: "Healed, and unknown for ever.",
			spoil: func(r *record.Record) {
				for n := 12; n <= 20; n++ {
					say(r, n, nil, []string{"slow"})
				}
				r.Timeout = 0
			},
			want: []string{returns},
		},
		"ReturnsLate": {
			reason: "Two intervals and the timeout are over.",
			spoil: func(r *record.Record) {
				r.Timeout = 100 * time.Millisecond
				for n := 12; n <= 14; n++ {
					say(r, n, nil, []string{"slow"})
				}
			},
			want: []string{returns},
		},
		"DoesNotStay": {
			reason: "It was held again, and is unknown without a fault.",
			spoil:  func(r *record.Record) { say(r, 14, nil, []string{"slow/a"}) },
			want:   []string{returns},
		},
		"UnknownInHealthyTimes": {
			reason: "All was held, and nothing happened since.",
			spoil:  func(r *record.Record) { say(r, 3, nil, []string{"slow/a"}) },
			want:   []string{returns},
		},
		"FailsInHealthyTimes": {
			reason: "An observation that fails without a fault.",
			spoil: func(r *record.Record) {
				seen(r, 14).Err = &protocol.Error{Code: protocol.Internal, Message: "a bug"}
				track(r)
			},
			want: []string{returns},
		},
		"NeverSettles": {
			reason: "The system was never found healthy again.",
			spoil: func(r *record.Record) {
				for i, e := range r.Events {
					if e.Fault != nil && e.Fault.Phase == record.Settled {
						r.Events[i].Fault.Err = "still unwell"
					}
				}
			},
			want: []string{returns},
		},
		"SettlesBesideAnother": {
			reason: "As long as another fault is there nothing has to be held.",
			spoil: func(r *record.Record) {
				other := fault.Impact{Breaks: marks("slow")}
				add := func(at time.Time, phase record.Phase) {
					r.Events = append(r.Events, record.Event{At: at, Fault: &record.Fault{ID: 2, Name: "fault 2", Phase: phase, Impact: other}})
				}
				r.Timeout = 100 * time.Millisecond
				add(seen(r, 8).Began, record.Injecting)
				add(seen(r, 8).Began, record.Injected)
				for n := 12; n <= 14; n++ {
					say(r, n, nil, []string{"slow"})
				}
				add(seen(r, 14).Ended, record.Healing)
				add(seen(r, 14).Ended, record.Settled)
			},
		},
		"DescriptorsGrow": {
			reason: "One more with each observation.",
			spoil:  grow(func(u *record.Usage, n int) { u.Descriptors += n }, "plugin"),
			want:   []string{grows},
		},
		"MemoryGrows": {
			reason: "Ten megabytes more with each observation.",
			spoil:  grow(func(u *record.Usage, n int) { u.ResidentBytes += int64(n) * 10 << 20 }, "plugin"),
			want:   []string{grows},
		},
		"GoroutinesGrow": {
			reason: "Thirty more with each observation.",
			spoil:  grow(func(u *record.Usage, n int) { u.Goroutines += 30 * n }, "runner"),
			want:   []string{grows},
		},
		"SharedRunner": {
			reason: "What others use in the same process is not this run's.",
			spoil: func(r *record.Record) {
				grow(func(u *record.Usage, n int) { u.Goroutines += 10 * n }, "runner")(r)
				r.Shared = true
			},
		},
		"GrowsALittle": {
			reason: "A pool that fills is no leak.",
			spoil:  grow(func(u *record.Usage, n int) { u.Descriptors += n / 2 }, "plugin"),
		},
		"Unknown": {
			reason: "What could not be read does not grow.",
			spoil:  grow(func(u *record.Usage, _ int) { u.Descriptors, u.ResidentBytes, u.Threads, u.Children = -1, -1, -1, -1 }, "plugin"),
		},
		"LeftBehind": {
			reason: "A process is there after the end.",
			spoil:  func(r *record.Record) { r.Leftovers = []string{"process 12 of plugin"} },
			want:   []string{grows},
		},
		"TouchesAnother": {
			reason: "The action was about one key and changed two.",
			spoil:  func(r *record.Record) { act(r).Touched = []string{"key 1", "key 2"} },
			want:   []string{touch},
		},
		"TouchesNothing": {
			reason: "An action may come to nothing.",
			spoil:  func(r *record.Record) { act(r).Touched = nil },
		},
		"DryRunTouches": {
			reason: "A dry run changes nothing, not its own entity either.",
			spoil:  func(r *record.Record) { act(r).Action.DryRun = true },
			want:   []string{touch},
		},
		"NotAppliedTouches": {
			reason: "It says that it was not applied.",
			spoil: func(r *record.Record) {
				act(r).Err = &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectNone}
			},
			want: []string{touch},
		},
		"UnknownEffectTouches": {
			reason: "It says that nobody knows.",
			spoil: func(r *record.Record) {
				act(r).Err = &protocol.Error{Code: protocol.Unavailable, Effect: protocol.EffectUnknown}
			},
		},
		"ToldAgain": {
			reason: "The last observation is returned once more.",
			spoil: func(r *record.Record) {
				seen(r, 3).Observation.Time = seen(r, 2).Observation.Time
				track(r)
			},
			want: []string{fresh},
		},
		"Stale": {
			reason: "An observation of long ago.",
			spoil: func(r *record.Record) {
				o := seen(r, 13)
				o.Observation.Time = o.Began.Add(-1100 * time.Millisecond)
				track(r)
			},
			want: []string{fresh},
		},
		"NoTime": {
			reason: "An observation without a time was never made.",
			spoil: func(r *record.Record) {
				seen(r, 15).Observation.Time = time.Time{}
				track(r)
			},
			want: []string{returns, fresh},
		},
		"Undeclared": {
			reason: "Nobody has heard of such an invariant, though a fault may do anything.",
			spoil: func(r *record.Record) {
				r.Allow = marks("*")
				say(r, 8, []string{"disk", "weather"}, []string{"slow"})
			},
			want: []string{declares},
		},
		"UndeclaredUnknown": {
			reason: "It cannot be unknown, either.",
			spoil:  func(r *record.Record) { say(r, 8, []string{"disk"}, []string{"slow", "weather"}) },
			want:   []string{declares},
		},
		"OtherSeverity": {
			reason: "The severity is the declaration's.",
			spoil:  func(r *record.Record) { seen(r, 8).Observation.Violations[0].Severity = protocol.Info },
			want:   []string{declares},
		},
		"NoSources": {
			reason: "It names nothing that it read, so it has read nothing, and yet it holds something.",
			spoil: func(r *record.Record) {
				seen(r, 3).Observation.Sources = nil
			},
			want: []string{read, declares},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := story()
			tc.spoil(&r)
			if diff := cmp.Diff(tc.want, broken(r), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\nrules broken (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}

func dump(all []standing.Finding) string {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(f.Rule + ": " + f.Message + "\n")
	}
	return b.String()
}

// heal has an observation say that all is well.
func heal(r *record.Record, number int) {
	o := seen(r, number)
	o.Read["operator->disk"] = 7
	if o.Err != nil {
		o.Err, o.Observation = nil, seen(r, 1).Observation
		o.Observation.Time = o.Began
	}
	say(r, number, nil, nil)
}

// without leaves out the observations from one number to another.
func without(events []record.Event, from, to int) []record.Event {
	var rest []record.Event
	for _, e := range events {
		if o := e.Observation; o == nil || o.Number < from || o.Number > to {
			rest = append(rest, e)
		}
	}
	return rest
}

// grow has a part use more in each sample.
func grow(more func(u *record.Usage, sample int), part string) func(*record.Record) {
	return func(r *record.Record) {
		n := 0
		for _, e := range r.Events {
			if e.Usage != nil && e.Usage.Part == part {
				n++
				more(e.Usage, n)
			}
		}
	}
}

func act(r *record.Record) *record.Act {
	for _, e := range r.Events {
		if e.Act != nil {
			return e.Act
		}
	}
	panic("no action")
}

// hostSays replaces the first event of a type by another.
func hostSays(r *record.Record, from, to, name string) {
	for _, e := range r.Events {
		if e.Host == nil || !strings.Contains(string(e.Host.Event), `"type":"`+from+`"`) {
			continue
		}
		raw, err := json.Marshal(map[string]any{"time": e.At, "type": to, "invariant": violation(name).Invariant, "entity": violation(name).Entity})
		if err != nil {
			panic(err)
		}
		e.Host.Event = raw
		return
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	r := story()
	for n := 12; n <= 20; n++ {
		seen(&r, n).Observation.Violations = nil
		for i := range 100 {
			seen(&r, n).Observation.Violations = append(seen(&r, n).Observation.Violations, violation(fmt.Sprint("down/\x1b[2J", i, strings.Repeat("a", 1<<16))))
		}
	}
	track(&r)
	perRule := make(map[string]int)
	for _, f := range standing.Check(r) {
		perRule[f.Rule]++
		if len(f.Message) > 2000 || strings.ContainsRune(f.Message, '\x1b') {
			t.Errorf("%s: a message of %d bytes that a terminal obeys: %.100q", f.Rule, len(f.Message), f.Message)
		}
	}
	if got := perRule["no_false_alarms"]; got != standing.MaxFindings {
		t.Errorf("%d findings of one rule, want the bound of %d", got, standing.MaxFindings)
	}
}

// TestSaidOnce: what lasts is found where it begins.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	r := story()
	for _, n := range []int{1, 2, 3, 13, 14} {
		say(&r, n, []string{"down/b"}, nil)
		seen(&r, n).Read["operator->disk"] = 0
	}
	got := make(map[string][]int)
	for _, f := range standing.Check(r) {
		got[f.Rule] = append(got[f.Rule], f.Observation)
	}
	want := map[string][]int{"no_false_alarms": {1, 13}, "held_was_read": {1, 13}, "everything_returns": {13}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observations (-want +got):\n%s\n%s", diff, dump(standing.Check(r)))
	}
}
