package host

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestWatchAcrossProcesses(t *testing.T) {
	gone := protocol.Errorf(protocol.Unavailable, "stays down")
	cases := map[string]struct {
		reason string
		looks  []look
		silent bool
		want   []string
	}{
		"not mentioned": {
			reason: "a new process that has never heard of n1 does not resolve it by saying nothing",
			looks:  concat([]look{{broken: []string{"now/n1"}}, {dies: true}}, times(4, look{state: `{"nodes":["n2"]}`})),
			want: []string{
				"0s observation broken", "0s firing now/n1",
				"5s down unknown", "5s restarted", "5s observation unknown", "5s unknown now/n1 unknown",
			},
		},
		"unheard of": {
			reason: "it is the observation that tells of a new process, not the events, which may be missed",
			silent: true,
			looks:  concat([]look{{broken: []string{"now/n1"}}, {dies: true}}, times(4, look{state: `{"nodes":["n2"]}`})),
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s restarted", "5s observation unknown", "5s unknown now/n1 unknown",
			},
		},
		"mentioned": {
			reason: "one that knows n1 is believed the second time",
			looks:  concat([]look{{broken: []string{"now/n1"}}, {dies: true}}, times(4, look{state: `{"nodes":[{"id":"n1"}]}`})),
			want: []string{
				"0s observation broken", "0s firing now/n1",
				"5s down unknown", "5s restarted", "5s observation unknown", "5s unknown now/n1 unknown",
				"10s observation held", "10s resolved now/n1 after restart", "10s known now/n1 held",
			},
		},
		"dies again": {
			reason: "each new process has to say it twice",
			looks: concat([]look{{broken: []string{"now/n1"}}, {dies: true}, {state: `["n1"]`}, {dies: true}},
				times(2, look{state: `["n1"]`})),
			want: []string{
				"0s observation broken", "0s firing now/n1",
				"5s down unknown", "5s restarted", "5s observation unknown", "5s unknown now/n1 unknown",
				"10s down unknown", "10s restarted", "10s observation unknown",
				"15s observation held", "15s resolved now/n1 after restart", "15s known now/n1 held",
			},
		},
		"broken again": {
			reason: "one that reports the violation itself is believed when it no longer does",
			looks:  []look{{broken: []string{"now/n1"}}, {dies: true}, {broken: []string{"now/n1"}}, {}},
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s down unknown", "5s restarted", "5s observation broken",
				"10s observation held", "10s resolved now/n1",
			},
		},
		"grace": {
			reason: "the time without a process is not time that it was broken for",
			looks:  []look{{broken: []string{"later/n1"}}, {dies: true}, {broken: []string{"later/n1"}}, {broken: []string{"later/n1"}}, {broken: []string{"later/n1"}}},
			want: []string{
				"0s observation broken", "0s pending later/n1", "5s down unknown", "5s restarted", "5s observation broken", "15s firing later/n1",
			},
		},
		"system": {
			reason: "what is about the whole system needs no memory, but two looks",
			looks:  []look{{broken: []string{"whole/"}}, {dies: true}, {}, {unknown: []string{"whole/"}}, {}, {}},
			want: []string{
				"0s observation broken", "0s firing whole/",
				"5s down unknown", "5s restarted", "5s observation unknown", "5s unknown whole/ unknown",
				"20s observation held", "20s resolved whole/ after restart", "20s known whole/ held",
			},
		},
		"swapped": {
			reason: "a reload loses the memory, too, and is no restart",
			looks:  concat([]look{{broken: []string{"now/n1"}}, {swaps: true, state: `["n1"]`}}, times(2, look{state: `["n1"]`})),
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s swapped", "5s observation unknown", "5s unknown now/n1 unknown",
				"10s observation held", "10s resolved now/n1 after restart", "10s known now/n1 held",
			},
		},
		"stays down": {
			reason: "what stays down says so, resolves nothing, and is brought back by a reload",
			looks: []look{
				{broken: []string{"now/n1"}}, {dies: true, stays: true, err: gone}, {err: gone}, {swaps: true, broken: []string{"now/n1"}},
			},
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s down unknown", "5s stays_down unknown", "5s observation_failed unknown",
				"15s swapped", "15s observation_recovered", "15s observation broken",
			},
		},
		"declares less": {
			reason: "what a new process does not judge stays open",
			looks: concat([]look{{broken: []string{"now/n1"}}, {dies: true}},
				times(4, look{state: `["n1"]`, declares: []protocol.Invariant{{Name: "whole"}}})),
			want: []string{
				"0s observation broken", "0s firing now/n1",
				"5s down unknown", "5s restarted", "5s observation unknown", "5s unknown now/n1 unknown",
			},
		},
		"declares otherwise": {
			reason: "it is the new process that says how long is too long",
			looks:  []look{{}, {dies: true}, {broken: []string{"now/n1"}, declares: []protocol.Invariant{{Name: "now", Grace: time.Minute}}}},
			want:   []string{"0s observation held", "5s down unknown", "5s restarted", "5s observation broken", "5s pending now/n1"},
		},
		"replaced already": {
			reason: "an observation of which nobody knows by what it was judged is not used",
			looks:  []look{{broken: []string{"now/n1"}}, {swaps: true, unheard: true}, {swaps: true, broken: []string{"now/n1"}}},
			want:   []string{"0s observation broken", "0s firing now/n1", "5s swapped", "10s swapped"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				count := 0
				for _, l := range c.looks {
					if !l.dies || l.stays {
						count++
					}
				}
				p := play(c.looks...)
				p.silent = c.silent
				if diff := cmp.Diff(c.want, watched(t, WatchOptions{Count: count}, p)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.reason, diff)
				}
			})
		})
	}
}

// That nobody speaks of a ticket any more is no reason to close it, however long
// it lasts.
func TestWatchKeepsWhatIsNeverMentionedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := play(look{broken: []string{"now/n1", "later/n2"}}, look{dies: true}, look{state: `{}`})
		got := watched(t, WatchOptions{Interval: time.Minute, Count: 3000}, p)
		want := []string{
			"0s observation broken", "0s firing now/n1", "0s pending later/n2",
			"60s down unknown", "60s restarted", "60s observation unknown",
			"60s unknown later/n2 unknown", "60s unknown now/n1 unknown",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// What happens to the plugin is told when it happens: between observations, and
// while one is waited for.
func TestWatchTellsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := play(look{}, look{}, look{})
		p.took = 3 * time.Second
		died := protocol.Errorf(protocol.Unavailable, "last words")
		for _, after := range []time.Duration{4 * time.Second, 6 * time.Second} { // at rest, and in the second look
			time.AfterFunc(after, func() { p.say(supervisor.Event{Type: supervisor.EventDown, Generation: 1, Err: died}) })
		}
		want := []string{"0s observation held", "4s down unknown", "6s down unknown", "5s observation held"}
		if diff := cmp.Diff(want, watched(t, WatchOptions{Count: 3}, p)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A process that dies after it has observed is told of in that order.
func TestWatchKeepsTheOrder(t *testing.T) {
	died := errors.New("last words")
	w := newWatch(WatchOptions{}, play(look{}), nil)
	for _, e := range []supervisor.Event{
		{Type: supervisor.EventDown, Generation: 1, Err: died},
		{Type: supervisor.EventRunning, Generation: 2},
		{Type: supervisor.EventDown, Generation: 2, Err: died},
		{Type: supervisor.EventSwapped, Generation: 3},
	} {
		w.process.heard(e)
	}
	w.process.subject.(*played).generation, w.process.generation, w.process.subject.(*played).next = 2, 1, 1
	w.saw(t.Context(), sighting{observation: protocol.Observation{Time: time.Now()}, generation: 2})
	var got []EventType
	for _, e := range w.events {
		got = append(got, e.Type)
	}
	want := []EventType{EventDown, EventRestarted, EventObservation, EventDown, EventSwapped}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A sink that fails ends the watch also while an observation is waited for.
func TestWatchEndsWithItsSinkWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := play(look{})
		p.took = time.Hour
		gone := errors.New("nobody reads")
		time.AfterFunc(time.Second, func() {
			p.say(supervisor.Event{Type: supervisor.EventSwapRefused, Generation: 1, Err: gone})
		})
		began := time.Now()
		err := Watch(t.Context(), WatchOptions{
			Open: func(context.Context) (protocol.Subject, error) { return p, nil },
		}, func([]Event) error { return gone })
		if !errors.Is(err, gone) || time.Since(began) != time.Second || p.closed.Load() != 1 {
			t.Errorf("%v after %s, %d times closed", err, time.Since(began), p.closed.Load())
		}
	})
}
