package host

import (
	"context"
	"errors"
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
		"refused": {
			reason: "a reload that was refused changes nothing",
			looks:  []look{{broken: []string{"now/n1"}}, {refused: true, broken: []string{"now/n1"}}},
			want:   []string{"0s observation broken", "0s firing now/n1", "5s swap_refused"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := watched(t, WatchOptions{All: c.all, Count: len(c.looks)}, play(c.looks...))
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.reason, diff)
				}
			})
		})
	}
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
				p := play(look{})
				p.took = c.took
				err := Watch(t.Context(), WatchOptions{
					All: true, Count: 3,
					Open: func(context.Context) (protocol.Subject, error) { return p, nil },
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
				p, events := play(look{}), 0
				p.took = 2 * time.Second
				err := Watch(ctx, WatchOptions{
					Open:     func(context.Context) (protocol.Subject, error) { return p, c.open },
					Interval: time.Second,
				}, func(e []Event) error {
					events += len(e)
					return c.sink
				})
				if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%s: %v", c.reason, err)
				}
				if c.open == nil && (p.closed.Load() != 1 || events != 1) {
					t.Errorf("%d closed, %d events", p.closed.Load(), events)
				}
			})
		})
	}
}
