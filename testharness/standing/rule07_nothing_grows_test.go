package standing_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// TestNothingGrows: no process keeps growing, and nothing is left.
func TestNothingGrows(t *testing.T) {
	t.Parallel()
	spoilAll(t, map[string]spoiling{
		"DescriptorsGrow": {
			reason: "One more with each observation.",
			spoil:  grow(func(u *record.Usage, n int) { u.Descriptors += n }, "plugin"),
			want:   []string{"nothing_grows"},
		},
		"MemoryGrows": {
			reason: "Ten megabytes more with each observation.",
			spoil:  grow(func(u *record.Usage, n int) { u.ResidentBytes += int64(n) * 10 << 20 }, "plugin"),
			want:   []string{"nothing_grows"},
		},
		"GoroutinesGrow": {
			reason: "Thirty more with each observation.",
			spoil:  grow(func(u *record.Usage, n int) { u.Goroutines += 30 * n }, "runner"),
			want:   []string{"nothing_grows"},
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
		"FillsAtOnce": {
			reason: "The first look makes the connections that all need.",
			spoil: func(r *record.Record) {
				looks := 0
				for i, e := range r.Events {
					switch {
					case e.Observation != nil:
						looks++
					case e.Usage == nil || e.Usage.Part != "plugin":
					case looks < 3:
						e.Usage.Descriptors = 2
					case looks < 8:
						r.Events[i].Usage = nil // so that those are a fifth of all
					}
				}
			},
		},
		"Unknown": {
			reason: "What could not be read does not grow.",
			spoil:  grow(func(u *record.Usage, _ int) { u.Descriptors, u.ResidentBytes, u.Threads, u.Children = -1, -1, -1, -1 }, "plugin"),
		},
		"LeftBehind": {
			reason: "A process is there after the end.",
			spoil:  func(r *record.Record) { r.Leftovers = []string{"process 12 of plugin"} },
			want:   []string{"nothing_grows"},
		},
	})
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
