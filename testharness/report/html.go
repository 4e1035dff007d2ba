package report

import (
	_ "embed"
	"html/template"
	"io"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

//go:embed page.html.tmpl
var pageTemplate string

// A page is what the template shows. All its texts are escaped for people, and
// the template escapes them for HTML.
type page struct {
	Title, Version, Began, Sum string
	OK                         bool
	Repeats                    bool
	Groups                     []pageGroup
	Runs                       []pageRun
}

type pageGroup struct {
	Row, Scenario, System, Transport string
	Verdict, Class                   string
	Times                            []pageTimes // to detect, to resolve, taken
	Runs                             []int       // the numbers of its runs
}

type pageTimes struct{ Median, Worst string }

type pageRun struct {
	Number                      int
	Title, Row, Summary         string
	Verdict, Class              string
	Open                        bool
	Took, Detect, Resolve, Seed string
	Replay, Evidence            string
	Problems                    []pageProblem
	More                        int // problems that are not shown
	Chart                       *chart
	Timeline                    []string
}

type pageProblem struct {
	Name, When string
	Lines      []string
}

// maxTimeline is how many lines of a run's timeline are on the page.
const maxTimeline = 200

func writeHTML(w io.Writer, r Report) error {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return err
	}
	return t.Execute(w, pageOf(r))
}

func pageOf(r Report) page {
	p := page{
		Title: "Scenarios", Version: line(r.Version, maxName), Sum: sum(r), OK: r.OK(),
		Began: r.Began.UTC().Format(time.DateTime) + " UTC",
	}
	numbers := make(map[[3]string][]int)
	for i, run := range r.Runs {
		key := [3]string{run.System, run.Scenario, string(run.Transport)}
		numbers[key] = append(numbers[key], i+1)
		p.Runs = append(p.Runs, pageRunOf(run, i+1))
	}
	for _, g := range groups(r.Runs) {
		p.Repeats = p.Repeats || len(g.runs) > 1
		worst, _ := worstOf(g)
		group := pageGroup{
			Row: line(g.row, maxName), Scenario: line(g.scenario, maxName),
			System: line(g.system, maxName), Transport: line(g.transport, maxName),
			Verdict: verdict(g).text, Class: classOf(worst),
			Runs: numbers[[3]string{g.system, g.scenario, g.transport}],
		}
		detect, resolve, took := g.spreads()
		for _, s := range []spread{detect, resolve, took} {
			median, worst := s.texts()
			group.Times = append(group.Times, pageTimes{median, worst})
		}
		p.Groups = append(p.Groups, group)
	}
	return p
}

func pageRunOf(r Run, number int) pageRun {
	detect, resolve := r.Times()
	p := pageRun{
		Number: number, Title: title(r), Row: line(r.Row, maxName), Summary: line(r.Summary, maxMessage),
		Verdict: r.verdict(), Class: classOf(r.Verdict), Open: r.Verdict != scenario.Passed,
		Took: duration(r.Took), Detect: dash(detect), Resolve: dash(resolve), Seed: strconv.FormatUint(r.Seed, 10),
		Replay: line(r.Replay, maxMessage), Chart: chartOf(r.Record), Timeline: Timeline(r.Record, maxTimeline),
	}
	if r.Evidence != "" {
		p.Evidence = line(r.Evidence, maxMessage)
	}
	if r.Verdict == scenario.Passed {
		return p
	}
	list := r.problems()
	p.More = max(0, len(list)-maxProblems)
	for _, one := range list[:len(list)-p.More] {
		p.Problems = append(p.Problems, pageProblem{line(one.name, maxMessage), one.when(r), lines(one.message, maxMessage)})
	}
	return p
}

func dash(d *time.Duration) string {
	if d == nil {
		return "-"
	}
	return duration(*d)
}

// classOf is a verdict's class in the style sheet.
func classOf(v scenario.Verdict) string {
	switch v {
	case scenario.Passed:
		return "passed"
	case scenario.Failed:
		return "failed"
	case scenario.Errored:
	}
	return "errored"
}
