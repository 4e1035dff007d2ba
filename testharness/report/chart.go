package report

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// The chart's measures in pixels. The plot is to the right of the labels, the
// faults' lanes are above the invariants' rows, and the axis is below.
const (
	chartLabels = 210
	chartPlot   = 900
	chartRow    = 16
	chartAxis   = 22
)

// maxLabel is how many columns of a name are beside a row or in a span; all of it
// is shown where one points at it.
const maxLabel = 30

// The most rows that a chart has. What is beyond is in the evidence.
const (
	maxChartRows  = 64
	maxChartLanes = 16
	maxChartSpans = 500
)

// A chart is a run over time: what each invariant was said to be, and beside it
// which faults there were. All its texts are escaped.
type chart struct {
	Width, Height int
	Spans         []chartSpan
	Rows          []chartLine
	Ticks         []chartTick
	RowsTop       int // where the invariants begin
	AxisTop       int // where they end
}

// A chartLine is the row of one invariant.
type chartLine struct {
	Label string
	Y     int // of its middle
	Bars  []chartBar
}

// A chartBar is a time in which a verdict did not change. Its height says the
// verdict as well as its class: no meaning is in colour alone.
type chartBar struct {
	X, Y, Width, Height int
	Class, Title        string
}

// A chartTick is a mark of the axis.
type chartTick struct {
	X     int
	Label string
}

// plotter turns times into pixels.
type plotter struct {
	begin time.Time
	whole time.Duration
}

func newPlotter(rec record.Record) plotter {
	end := rec.End
	for _, e := range rec.Events {
		if e.At.After(end) {
			end = e.At
		}
	}
	return plotter{rec.Begin, max(time.Millisecond, end.Sub(rec.Begin))}
}

// column is a moment's, from 0 to chartPlot-1.
func (p plotter) column(at time.Time) int {
	x := int(float64(at.Sub(p.begin)) / float64(p.whole) * chartPlot)
	return min(max(x, 0), chartPlot-1)
}

// when is what a column stands for, for people.
func (p plotter) when(column int) string {
	return fmt.Sprintf("+%.1f s", p.whole.Seconds()*float64(column)/chartPlot)
}

// chartOf draws a run. It is nil of one in which nothing was observed.
func chartOf(rec record.Record) *chart {
	looks := looksOf(rec)
	if len(looks) == 0 {
		return nil
	}
	p := newPlotter(rec)
	c := &chart{Width: chartLabels + chartPlot + 10}
	lanes := c.spans(p, rec)
	c.RowsTop = lanes * chartRow
	y := c.RowsTop
	for i, inv := range rec.Invariants {
		if i == maxChartRows {
			break
		}
		c.Rows = append(c.Rows, chartLine{Label: label(line(inv.Name, maxName)), Y: y + chartRow/2, Bars: bars(p, looks, inv.Name, y)})
		y += chartRow
	}
	c.AxisTop = y
	c.Height = y + chartAxis
	for i := range c.Spans {
		c.Spans[i].Bottom = y
	}
	c.Ticks = ticks(p)
	return c
}

func label(name string) string { return measure.Truncate(name, maxLabel, "…") }

func looksOf(rec record.Record) []record.Event {
	var looks []record.Event
	for _, e := range rec.Events {
		if e.Observation != nil {
			looks = append(looks, e)
		}
	}
	return looks
}

// The verdicts as ranks: where several fall on one pixel the worst is drawn.
const (
	rankNone = iota
	rankHeld
	rankUnknown
	rankBroken
)

// bars are those of an invariant. Each observation counts until the next one was
// over, the last one for a pixel.
func bars(p plotter, looks []record.Event, invariant string, top int) []chartBar {
	var ranks [chartPlot]int
	for i, e := range looks {
		from, to := p.column(e.At), p.column(e.At)+1
		if i+1 < len(looks) {
			to = max(to, p.column(looks[i+1].At))
		}
		rank := rankOf(e.Observation, invariant)
		for x := from; x < to; x++ {
			ranks[x] = max(ranks[x], rank)
		}
	}
	var list []chartBar
	for from := 0; from < chartPlot; {
		to := from + 1
		for to < chartPlot && ranks[to] == ranks[from] {
			to++
		}
		if rank := ranks[from]; rank != rankNone {
			height, class := shapeOf(rank)
			list = append(list, chartBar{
				X: chartLabels + from, Width: to - from, Y: top + (chartRow-height)/2, Height: height, Class: class,
				Title: fmt.Sprintf("%s %s, %s to %s", line(invariant, maxName), class, p.when(from), p.when(to)),
			})
		}
		from = to
	}
	return list
}

func rankOf(o *record.Observation, invariant string) int {
	if o.Err != nil {
		return rankUnknown
	}
	switch o.Observation.VerdictOn(invariant, "") {
	case protocol.Broken:
		return rankBroken
	case protocol.Held:
		return rankHeld
	case protocol.Unknown:
	}
	return rankUnknown
}

func shapeOf(rank int) (height int, class string) {
	switch rank {
	case rankBroken:
		return 12, "broken"
	case rankUnknown:
		return 7, "unknown"
	default:
		return 2, "held"
	}
}

// ticks are some whole seconds of the axis, at most twelve or so.
func ticks(p plotter) []chartTick {
	step := time.Second
	for _, longer := range []int{2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600} {
		if p.whole/step <= 12 {
			break
		}
		step = time.Duration(longer) * time.Second
	}
	step = max(step, p.whole/24) // a run of days has odd ones
	var list []chartTick
	for at := time.Duration(0); at < p.whole; at += step {
		list = append(list, chartTick{chartLabels + p.column(p.begin.Add(at)), fmt.Sprintf("%.0f s", at.Seconds())})
	}
	return list
}
