package report

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// A chartSpan is one fault: from its injection until it is healed, and on until
// the system is well again.
type chartSpan struct {
	X, Y, Width, Height int
	// Recovery is how much wider it is until it has settled.
	Recovery int
	// Bottom is where the invariants' rows end, which it shades.
	Bottom int
	Label  string
	Title  string
}

// Healed is where the recovery begins.
func (s chartSpan) Healed() int { return s.X + s.Width }

// Shade is how high the rows are that begin at top.
func (s chartSpan) Shade(top int) int { return s.Bottom - top }

// faultSpan is a fault's life; what of it never came is the end of the run.
type faultSpan struct {
	name                      string
	injected, healed, settled time.Time
}

// faultSpans are those of a record, in the order of their injection.
func faultSpans(rec record.Record, end time.Time) []faultSpan {
	var list []faultSpan
	at := make(map[int]int)
	for _, e := range rec.Events {
		if e.Fault == nil {
			continue
		}
		i, ok := at[e.Fault.ID]
		if !ok {
			if len(list) == maxChartSpans {
				continue
			}
			i = len(list)
			at[e.Fault.ID] = i
			list = append(list, faultSpan{e.Fault.Name, e.At, end, end})
		}
		switch e.Fault.Phase {
		case record.Injecting, record.Healing:
		case record.Injected:
			list[i].injected = e.At
		case record.Healed:
			list[i].healed = e.At
		case record.Settled:
			list[i].settled = e.At
		}
	}
	return list
}

// spans puts each fault into the first lane in which it does not overlap another
// and returns how many lanes there are.
func (c *chart) spans(p plotter, rec record.Record) int {
	var free []time.Time // when each lane is free again
	for _, f := range faultSpans(rec, p.begin.Add(p.whole)) {
		lane := 0
		for lane < len(free) && f.injected.Before(free[lane]) {
			lane++
		}
		switch {
		case lane == maxChartLanes:
			continue
		case lane == len(free):
			free = append(free, f.settled)
		default:
			free[lane] = f.settled
		}
		from, healed, settled := p.column(f.injected), p.column(f.healed), p.column(f.settled)
		name := line(f.name, maxName)
		c.Spans = append(c.Spans, chartSpan{
			X: chartLabels + from, Y: lane*chartRow + 1, Width: max(1, healed-from), Height: chartRow - 2,
			Recovery: max(0, settled-healed), Label: label(name),
			Title: fmt.Sprintf("%s, %s to %s, settled at %s", name, p.when(from), p.when(healed), p.when(settled)),
		})
	}
	return len(free)
}
