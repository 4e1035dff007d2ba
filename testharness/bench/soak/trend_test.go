package soak

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// samplesOf makes samples every 5 s; value gives the host's memory, and the plugin
// is not known.
func samplesOf(n int, value func(at float64) float64) []Sample {
	samples := make([]Sample, n)
	for i := range samples {
		at := float64(5 * i)
		samples[i] = Sample{At: at, Host: Use{PID: 1, ResidentMB: value(at), Descriptors: 20, Threads: 9, CPUSeconds: at / 10}, Plugin: unknown(0)}
	}
	return samples
}

func TestTrends(t *testing.T) {
	cases := map[string]struct {
		reason string
		n      int
		value  func(at float64) float64
		want   Trend
	}{
		"Flat":    {reason: "nothing grows", n: 100, value: func(float64) float64 { return 40 }, want: Trend{First: 40, Last: 40, Most: 40}},
		"Grows":   {reason: "by 1 MB in 100 s", n: 101, value: func(at float64) float64 { return at / 100 }, want: Trend{First: 0.6, Last: 4.4, Most: 5, PerHour: 36}},
		"WarmsUp": {reason: "only the first tenth is higher", n: 100, value: func(at float64) float64 { return 10 + max(0, 50-at) }, want: Trend{First: 10, Last: 10, Most: 60}},
		"One":     {reason: "a line needs two", n: 1, value: func(float64) float64 { return 7 }, want: Trend{First: 7, Last: 7, Most: 7}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := trends(samplesOf(tc.n, tc.value))
			tc.want.Part, tc.want.Of, tc.want.Unit = "host", memory, "MB"
			if diff := cmp.Diff(tc.want, got[0], cmpopts.EquateApprox(0, 1e-6)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			for _, other := range got {
				if other.Part != "host" {
					t.Errorf("of what is not known there is %+v", other)
				}
			}
		})
	}
}

// CPU is a rate, and that of a new process does not go on from the old one's.
func TestRates(t *testing.T) {
	samples := samplesOf(5, func(float64) float64 { return 1 })
	samples[2].Host.PID, samples[2].Host.CPUSeconds = 2, 100
	samples[3].Host.PID, samples[3].Host.CPUSeconds = 2, 101
	samples[4].Host.PID, samples[4].Host.CPUSeconds = 2, -1
	got := rates(samples, func(s Sample) Use { return s.Host })
	if diff := cmp.Diff([]point{{5, 0.1}, {15, 0.2}}, got, cmp.AllowUnexported(point{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTicks(t *testing.T) {
	for most, want := range map[float64][]float64{
		1: {0, 0.2, 0.4, 0.6, 0.8, 1}, 60: {0, 10, 20, 30, 40, 50, 60}, 33: {0, 10, 20, 30}, 120: {0, 20, 40, 60, 80, 100, 120},
	} {
		if diff := cmp.Diff(want, ticks(most), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", most, diff)
		}
	}
	for most := 0.5; most < 1e6; most *= 1.3 {
		if n := len(ticks(most)); n < 3 || n > 7 {
			t.Errorf("%d ticks up to %v", n, most)
		}
	}
	if got := (scale{0, 10, 100, 200}).at(5); math.Abs(got-150) > 1e-9 {
		t.Errorf("the middle is at %v", got)
	}
}
