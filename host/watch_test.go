package host

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestWatch(t *testing.T) {
	cases := map[string]struct {
		reason string
		all    bool
		looks  []look
		opens  []error // of opening anew
		want   []string
	}{
		"healthy": {
			reason: "what does not change is said once",
			looks:  times(3, look{}),
			want:   []string{"0s observation held"},
		},
		"all": {
			reason: "with All each observation is said",
			all:    true, looks: times(2, look{}),
			want: []string{"0s observation held", "5s observation held"},
		},
		"at once": {
			reason: "without a grace period a ticket fires at once",
			looks:  []look{{}, {broken: []string{"now/n1"}}, {}},
			want: []string{
				"0s observation held", "5s observation broken", "5s firing now/n1", "10s observation held", "10s resolved now/n1",
			},
		},
		"grace": {
			reason: "a ticket is pending for its grace period, and unknown does not count",
			looks: []look{
				{broken: []string{"later/n1"}},
				{broken: []string{"later/n1"}},
				{unknown: []string{"later/n1"}},
				{broken: []string{"later/n1"}},
				{broken: []string{"later/n1"}},
				{},
			},
			want: []string{
				"0s observation broken", "0s pending later/n1",
				"10s observation unknown", "10s unknown later/n1 unknown",
				"15s observation broken", "15s known later/n1 broken",
				"20s firing later/n1",
				"25s observation held", "25s resolved later/n1",
			},
		},
		"cleared": {
			reason: "what was never told of is cleared, not resolved",
			looks:  []look{{broken: []string{"later/n1"}}, {}},
			want:   []string{"0s observation broken", "0s pending later/n1", "5s observation held", "5s cleared later/n1"},
		},
		"unknown for all": {
			reason: "an entity is not known again while its whole invariant is unknown",
			looks:  []look{{unknown: []string{"now/n1"}}, {unknown: []string{"now/"}}, {unknown: []string{"now/n2"}}, {broken: []string{"now/n2"}}},
			want: []string{
				"0s observation unknown", "0s unknown now/n1 unknown", "5s unknown now/ unknown", "10s unknown now/n2 unknown",
				"15s observation broken", "15s firing now/n2", "15s known now/n2 broken",
			},
		},
		"failed": {
			reason: "a failed observation resolves nothing, and is said once",
			looks: []look{
				{broken: []string{"now/n1"}},
				{err: protocol.Errorf(protocol.Internal, "a")},
				{err: protocol.Errorf(protocol.Internal, "b")},
				{err: protocol.Errorf(protocol.DeadlineExceeded, "c")},
				{},
			},
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s observation_failed unknown", "15s observation_failed unknown",
				"20s observation_recovered", "20s observation held", "20s resolved now/n1",
			},
		},
		"died, not mentioned": {
			reason: "a new process that has never heard of n1 does not resolve it by saying nothing",
			looks:  concat([]look{{broken: []string{"now/n1"}}, {dies: true}}, times(4, look{state: `{"nodes":["n2"]}`})),
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s observation_failed unknown",
				"10s restarted", "10s observation_recovered", "10s observation unknown", "10s unknown now/n1 unknown",
			},
		},
		"died, mentioned": {
			reason: "one that knows n1 is believed the second time",
			looks:  concat([]look{{broken: []string{"now/n1"}}, {dies: true}}, times(4, look{state: `{"nodes":[{"id":"n1"}]}`})),
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s observation_failed unknown",
				"10s restarted", "10s observation_recovered", "10s observation unknown", "10s unknown now/n1 unknown",
				"15s observation held", "15s resolved now/n1 after restart", "15s known now/n1 held",
			},
		},
		"died, broken again": {
			reason: "one that reports the violation itself is believed when it no longer does",
			looks:  []look{{broken: []string{"now/n1"}}, {dies: true}, {broken: []string{"now/n1"}}, {}},
			want: []string{
				"0s observation broken", "0s firing now/n1", "5s observation_failed unknown",
				"10s restarted", "10s observation_recovered", "10s observation broken",
				"15s observation held", "15s resolved now/n1",
			},
		},
		"died, system": {
			reason: "what is about the whole system needs no memory, but two looks",
			looks:  []look{{broken: []string{"whole/"}}, {dies: true}, {}, {unknown: []string{"whole/"}}, {}, {}},
			want: []string{
				"0s observation broken", "0s firing whole/", "5s observation_failed unknown",
				"10s restarted", "10s observation_recovered", "10s observation unknown", "10s unknown whole/ unknown",
				"25s observation held", "25s resolved whole/ after restart", "25s known whole/ held",
			},
		},
		"does not start again": {
			reason: "a plugin that does not start is tried again, with growing delays",
			looks:  []look{{}, {dies: true}, {}},
			opens:  []error{errors.New("no such file")},
			want: []string{
				"0s observation held", "5s observation_failed unknown", "10s observation_failed unknown",
				"15s restarted", "15s observation_recovered", "15s observation held",
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := len(c.looks) + len(c.opens)
				got := play(t, WatchOptions{All: c.all, Count: n}, c.looks, c.opens...)
				if diff := cmp.Diff(c.want, got); diff != "" {
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
		looks := []look{{broken: []string{"now/n1", "later/n2"}}, {dies: true}, {state: `{}`}}
		got := play(t, WatchOptions{Interval: time.Minute, Count: 3000}, looks)
		want := []string{
			"0s observation broken", "0s firing now/n1", "0s pending later/n2", "60s observation_failed unknown",
			"120s restarted", "120s observation_recovered", "120s observation unknown",
			"120s unknown later/n2 unknown", "120s unknown now/n1 unknown",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A process that dies in every look is not started in every look.
func TestWatchBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var starts []float64
		began := time.Now()
		next := 0
		err := Watch(t.Context(), WatchOptions{
			Interval: time.Second, Count: 200,
			Open: func(context.Context) (protocol.Subject, error) {
				starts = append(starts, time.Since(began).Seconds())
				return &played{looks: []look{{dies: true}}, next: &next, closed: new(atomic.Int32)}, nil
			},
		}, func([]Event) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		want := []float64{0, 1, 2, 3, 5, 9, 17, 33, 63, 93, 123, 153, 183}
		if diff := cmp.Diff(want, starts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWatchPace(t *testing.T) {
	cases := map[string]struct {
		reason string
		took   time.Duration
		want   []float64
	}{
		"quick": {"the interval is from beginning to beginning", time.Second, []float64{0, 5, 10}},
		"slow":  {"one that takes longer than the interval is followed at once", 7 * time.Second, []float64{0, 7, 14}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []float64
				began := time.Now()
				next := 0
				err := Watch(t.Context(), WatchOptions{
					All: true, Count: 3,
					Open: func(context.Context) (protocol.Subject, error) {
						return &played{looks: []look{{}}, next: &next, took: c.took, closed: new(atomic.Int32)}, nil
					},
				}, func(events []Event) error {
					got = append(got, events[0].Time.Sub(began).Seconds())
					return nil
				})
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v (-want +got):\n%s", c.reason, err, diff)
				}
			})
		})
	}
}

func TestWatchEnds(t *testing.T) {
	gone := errors.New("nobody reads")
	cases := map[string]struct {
		reason string
		open   error
		sink   error
		after  time.Duration
		want   error
	}{
		"open fails": {"a subject that never opened is an error", gone, nil, time.Hour, gone},
		"sink fails": {"nobody to tell is an end", nil, gone, time.Hour, gone},
		"canceled":   {"the end of ctx is none, even in the middle of an observation", nil, nil, 3 * time.Second, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.after)
				defer cancel()
				closed, next, events := new(atomic.Int32), 0, 0
				err := Watch(ctx, WatchOptions{
					Open: func(context.Context) (protocol.Subject, error) {
						return &played{looks: []look{{}}, next: &next, closed: closed, took: 2 * time.Second}, c.open
					},
					Interval: time.Second,
				}, func(e []Event) error {
					events += len(e)
					return c.sink
				})
				if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%s: %v", c.reason, err)
				}
				if c.open == nil && (closed.Load() != 1 || events != 1) {
					t.Errorf("%d closed, %d events", closed.Load(), events)
				}
			})
		})
	}
}
