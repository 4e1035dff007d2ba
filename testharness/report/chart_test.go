package report

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// A verdict lasts from the end of its observation to that of the next.
func TestChartRows(t *testing.T) {
	t.Parallel()
	c := chartOf(hungRecord())
	type piece struct {
		From, To int // in plot columns; 10 s are 900 of them
		Class    string
	}
	tests := map[string]struct {
		reason string
		row    int
		want   []piece
	}{
		"Broken":  {"An observation that failed says nothing of it.", 0, []piece{{180, 378, "held"}, {378, 468, "broken"}, {468, 540, "unknown"}, {540, 586, "held"}}},
		"Unknown": {"It is unknown longer than the other is broken.", 1, []piece{{180, 378, "held"}, {378, 585, "unknown"}, {585, 586, "held"}}},
		"Held":    {"Only the failed observation leaves it unknown.", 3, []piece{{180, 468, "held"}, {468, 540, "unknown"}, {540, 586, "held"}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []piece
			for _, b := range c.Rows[tc.row].Bars {
				got = append(got, piece{b.X - chartLabels, b.X - chartLabels + b.Width, b.Class})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n%s", tc.reason, diff)
			}
		})
	}
}

// Faults that overlap are beside each other, others share a lane.
func TestChartLanes(t *testing.T) {
	t.Parallel()
	rec := hungRecord()
	rec.Events = append(rec.Events, faulted(3, 9000, "kill node-2", record.Injecting))
	c := chartOf(rec)
	type lane struct{ X, Lane, Width, Recovery int }
	var got []lane
	for _, s := range c.Spans {
		got = append(got, lane{s.X - chartLabels, s.Y / chartRow, s.Width, s.Recovery})
	}
	// The last one was never healed: it lasts to the end.
	want := []lane{{243, 0, 270, 36}, {265, 1, 212, 72}, {810, 0, 89, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// However long a run was, and whatever it did, its chart has a bound.
func TestChartIsBounded(t *testing.T) {
	t.Parallel()
	rec := record.Record{Begin: noon, End: noon.Add(24 * time.Hour)}
	for i := range 500 {
		rec.Invariants = append(rec.Invariants, protocol.Invariant{Name: "i" + strconv.Itoa(i)})
	}
	for i := range 20_000 {
		var broken []fault.Mark
		if i%2 == 0 {
			broken = []fault.Mark{{Invariant: "i0"}}
		}
		rec.Events = append(rec.Events, observed(i, i*4000, nil, broken, nil), faulted(i, i*4000, "f", record.Injecting))
	}
	c := chartOf(rec)
	if len(c.Rows) != maxChartRows || len(c.Spans) > maxChartSpans || len(c.Ticks) > 30 {
		t.Errorf("%d rows, %d spans, %d ticks", len(c.Rows), len(c.Spans), len(c.Ticks))
	}
	for _, row := range c.Rows {
		if len(row.Bars) > chartPlot {
			t.Errorf("%d bars", len(row.Bars))
		}
	}
	if c.Rows[0].Bars[0].Class != "broken" {
		t.Errorf("on one pixel the worst counts, not %s", c.Rows[0].Bars[0].Class)
	}
	if got := Timeline(rec, 10); len(got) != 10 {
		t.Errorf("%d lines", len(got))
	}
	if chartOf(record.Record{}) != nil || Timeline(record.Record{}, 10) != nil {
		t.Error("of nothing there is nothing to draw")
	}
}
