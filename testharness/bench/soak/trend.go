package soak

import (
	"math"
	"slices"
)

// A Trend is what became of one number of one process.
type Trend struct {
	// Part is "host" or "plugin", Of what was measured, in Unit.
	Part string `json:"part"`
	Of   string `json:"of"`
	Unit string `json:"unit"`
	// First and Last are the medians of the first and of the last quarter of the
	// samples.
	First float64 `json:"first_quarter"`
	Last  float64 `json:"last_quarter"`
	// Most is the largest.
	Most float64 `json:"most"`
	// PerHour is the slope of the straight line that fits best (least squares), in
	// units per hour. The first tenth is left out: what has just been started
	// grows.
	PerHour float64 `json:"per_hour"`
}

// point is one value at one time, in seconds.
type point struct{ at, value float64 }

// series is a number that is followed.
type series struct {
	part, of, unit string
	value          func(Sample) float64
}

// followed are all of them. Threads stand in for goroutines, which only a process
// itself can count.
func followed() []series {
	of := func(part string, use func(Sample) Use) []series {
		return []series{
			{part, memory, "MB", func(s Sample) float64 { return use(s).ResidentMB }},
			{part, descriptors, "", func(s Sample) float64 { return float64(use(s).Descriptors) }},
			{part, "threads", "", func(s Sample) float64 { return float64(use(s).Threads) }},
		}
	}
	return append(of("host", hostUse), of("plugin", pluginUse)...)
}

func hostUse(s Sample) Use   { return s.Host }
func pluginUse(s Sample) Use { return s.Plugin }

// What the plot shows.
const (
	memory      = "resident memory"
	descriptors = "descriptors"
)

// points are the known values of a series.
func (s series) points(samples []Sample) []point {
	var all []point
	for _, sample := range samples {
		if v := s.value(sample); v >= 0 {
			all = append(all, point{sample.At, v})
		}
	}
	return all
}

// trends are those of all series of which anything is known, and the CPU that each
// process used per second.
func trends(samples []Sample) []Trend {
	var all []Trend
	for _, s := range followed() {
		if points := s.points(samples); len(points) > 0 {
			all = append(all, trend(s, points))
		}
	}
	for _, s := range []series{{part: "host", of: "CPU", unit: "s/s"}, {part: "plugin", of: "CPU", unit: "s/s"}} {
		use := hostUse
		if s.part == "plugin" {
			use = pluginUse
		}
		if points := rates(samples, use); len(points) > 0 {
			all = append(all, trend(s, points))
		}
	}
	return all
}

func trend(s series, points []point) Trend {
	quarter := max(1, len(points)/4)
	values := func(some []point) (all []float64) {
		for _, p := range some {
			all = append(all, p.value)
		}
		return all
	}
	return Trend{
		Part: s.part, Of: s.of, Unit: s.unit,
		First: median(values(points[:quarter])), Last: median(values(points[len(points)-quarter:])),
		Most:    slices.Max(values(points)),
		PerHour: slope(points[len(points)/10:]) * 3600,
	}
}

// rates are the CPU seconds per second between samples of the same process.
func rates(samples []Sample, use func(Sample) Use) (points []point) {
	for i := 1; i < len(samples); i++ {
		before, now := use(samples[i-1]), use(samples[i])
		took := samples[i].At - samples[i-1].At
		if before.PID == now.PID && before.CPUSeconds >= 0 && now.CPUSeconds >= before.CPUSeconds && took > 0 {
			points = append(points, point{samples[i].At, (now.CPUSeconds - before.CPUSeconds) / took})
		}
	}
	return points
}

// median returns the middle one of values, or the mean of the two. There has to be
// one.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2
	}
	return values[middle]
}

// slope is that of the line that fits best, in units per second; 0 where there is
// none.
func slope(points []point) float64 {
	var at, value float64
	for _, p := range points {
		at, value = at+p.at/float64(len(points)), value+p.value/float64(len(points))
	}
	var together, alone float64
	for _, p := range points {
		together += (p.at - at) * (p.value - value)
		alone += (p.at - at) * (p.at - at)
	}
	if alone == 0 {
		return 0
	}
	return math.Round(together/alone*1e9) / 1e9 // what is less is not of the samples, but of adding them up
}
