package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// writeText writes a table of the runs, below it all that is to be said of those
// that failed, and at last how many did.
func writeText(w io.Writer, r Report, o Options) error {
	t := &textWriter{w: bufio.NewWriter(w), o: o}
	list := groups(r.Runs)
	if len(list) > 0 {
		columns, rows := overview(list, o.Width)
		for _, l := range table(columns, rows, o.Width, o.Color) {
			t.line(l)
		}
	}
	for _, run := range r.Runs {
		if run.Verdict != scenario.Passed {
			t.failure(run)
		}
	}
	if len(list) > 0 {
		t.line("")
	}
	t.line(t.paint(sumPaint(r), sum(r)))
	return t.w.Flush()
}

type textWriter struct {
	w *bufio.Writer
	o Options
}

// line writes a line; Flush has the error.
func (t *textWriter) line(text string) { _, _ = t.w.WriteString(text + "\n") }

func (t *textWriter) paint(how paint, text string) string { return painted(how, text, t.o.Color) }

// rowWidth is how wide a terminal must be for the column of rows to be there.
const rowWidth = 120

// overview is the table for so many columns: a row for each scenario and
// transport. With repeats the worst times have columns of their own.
func overview(list []group, width int) ([]column, [][]cell) {
	repeats := slices.ContainsFunc(list, func(g group) bool { return len(g.runs) > 1 })
	columns := []column{{title: "ROW"}, {title: "SCENARIO"}, {title: "TRANSPORT"}, {title: "VERDICT"}}
	if repeats {
		columns = append(columns, column{"DETECT", true}, column{"WORST", true}, column{"RESOLVE", true}, column{"WORST", true}, column{"TOOK", true})
	} else {
		columns = append(columns, column{"DETECT", true}, column{"RESOLVE", true}, column{"TOOK", true})
	}
	rows := make([][]cell, 0, len(list))
	for _, g := range list {
		row := []cell{{line(g.row, maxName), dim}, {line(g.scenario, maxName), plain}, {line(g.transport, maxName), plain}, verdict(g)}
		detect, resolve, took := g.spreads()
		for _, s := range []spread{detect, resolve} {
			median, worst := s.texts()
			row = append(row, cell{median, plain})
			if repeats {
				row = append(row, cell{worst, dim})
			}
		}
		median, _ := took.texts()
		rows = append(rows, append(row, cell{median, plain}))
	}
	if 0 < width && width < rowWidth {
		columns = columns[1:]
		for i := range rows {
			rows[i] = rows[i][1:]
		}
	}
	return columns, rows
}

// texts are the median and the worst, a dash where there is neither.
func (s spread) texts() (median, worst string) {
	if s.n == 0 {
		return "-", "-"
	}
	return duration(s.median), duration(s.worst)
}

// verdict is a group's worst with its symbol: no meaning is in colour alone.
func verdict(g group) cell {
	n := len(g.runs)
	worst, count := worstOf(g)
	mark := cell{g.verdictText(), verdictPaint(worst)}
	switch {
	case n == 1:
		return mark
	case count == n:
		return cell{mark.text + " " + strconv.Itoa(n) + " times", mark.how}
	default:
		return cell{fmt.Sprintf("%s %d of %d", mark.text, count, n), mark.how}
	}
}

// worstOf is the worst verdict of a group's runs, and how many have it.
func worstOf(g group) (scenario.Verdict, int) {
	for _, v := range []scenario.Verdict{scenario.Failed, scenario.Errored} {
		if n := g.count(v); n > 0 {
			return v, n
		}
	}
	return scenario.Passed, len(g.runs)
}

func verdictText(v scenario.Verdict) string {
	switch v {
	case scenario.Passed:
		return "✓ passed"
	case scenario.Failed:
		return "✗ failed"
	case scenario.Errored:
	}
	return "! error"
}

func verdictPaint(v scenario.Verdict) paint {
	switch v {
	case scenario.Passed:
		return green
	case scenario.Failed:
		return red
	case scenario.Errored:
	}
	return yellow
}

// maxProblems is how many problems of a run are shown; JSON has all.
const maxProblems = 20

func (t *textWriter) failure(r Run) {
	t.line("")
	t.line(t.paint(verdictPaint(r.Verdict), strings.Fields(r.verdict())[0]+" "+title(r)))
	list := r.problems()
	for _, p := range list[:min(len(list), maxProblems)] {
		t.line("    " + t.paint(bold, line(p.name, maxMessage)) + t.paint(dim, p.when(r)))
		for _, l := range lines(p.message, maxMessage) {
			t.line("      " + l)
		}
	}
	if more := len(list) - maxProblems; more > 0 {
		t.line(fmt.Sprintf("    and %d more", more))
	}
	t.line("    seed      " + strconv.FormatUint(r.Seed, 10))
	if r.Replay != "" {
		t.line("    replay    " + line(r.Replay, maxMessage))
	}
	if r.Evidence != "" {
		t.line("    evidence  " + line(r.Evidence, maxMessage))
	}
}

// when says when a problem was seen, if that is known.
func (p problem) when(r Run) string {
	if p.at.IsZero() {
		return ""
	}
	return " at +" + since(r.Record.Begin, p.at)
}

// title names a run: "redis_hung (binary), run 2".
func title(r Run) string {
	text := line(r.Scenario, maxName) + " (" + line(string(r.Transport), maxName) + ")"
	if r.Repeat > 1 {
		text += ", run " + strconv.Itoa(r.Repeat)
	}
	return text
}

// sum says how many runs went how. A scenario that cannot be played here is an
// error: none is ever skipped.
func sum(r Report) string {
	parts := []string{
		strconv.Itoa(r.Count(scenario.Passed)) + " passed",
		strconv.Itoa(r.Count(scenario.Failed)) + " failed",
	}
	interrupted := r.interrupted()
	if n := r.Count(scenario.Errored) - interrupted; n > 0 {
		parts = append(parts, count(n, "error"))
	}
	if interrupted > 0 {
		parts = append(parts, strconv.Itoa(interrupted)+" interrupted")
	}
	if r.NotRun > 0 {
		parts = append(parts, strconv.Itoa(r.NotRun)+" not run, interrupted")
	} else {
		parts = append(parts, "none skipped")
	}
	return strings.Join(parts, ", ") + ", in " + duration(r.Took)
}

func sumPaint(r Report) paint {
	if r.OK() {
		return green
	}
	return red
}
