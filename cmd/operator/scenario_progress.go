package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/demo"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

// A scenarioProgress tells what runs while it runs: a line for each run that
// begins and ends, or, on a terminal, one for each that ends and a live one below
// them. It is an io.Writer for a log, whose lines go above the live one. It is
// safe for concurrent use.
type scenarioProgress struct {
	mu    sync.Mutex
	out   io.Writer
	live  func() int // the terminal's width, nil if it is none
	paint demo.Paint

	total, done, failed int
	running             []*runningScenario
	shown               bool      // there is a live line
	drawn               time.Time // when
}

// A runningScenario is a run under way.
type runningScenario struct {
	scenario  string
	transport scenario.Transport
	repeat    int
	step      int
	steps     int
	elapsed   time.Duration
}

// redraw is how often the live line is drawn at most.
const redraw = 100 * time.Millisecond

func newScenarioProgress(out io.Writer, color bool) *scenarioProgress {
	p := &scenarioProgress{out: out}
	file, ok := out.(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) {
		p.paint = demo.Paint(color)
		p.live = func() int {
			if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
				return width
			}
			return 80
		}
	}
	return p
}

// begin says what is going to be played.
func (p *scenarioProgress) begin(runs int, seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = runs
	noun := "runs"
	if runs == 1 {
		noun = "run"
	}
	fmt.Fprintf(p.out, "%d %s, seed %d\n", runs, noun, seed)
}

// happened is told of everything in a run; the first of it is that it began.
func (p *scenarioProgress) happened(e scenario.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.find(e.Scenario, e.Transport, e.Repeat)
	if r == nil {
		r = &runningScenario{scenario: e.Scenario, transport: e.Transport, repeat: e.Repeat, steps: e.Steps}
		p.running = append(p.running, r)
		if p.live == nil {
			fmt.Fprintf(p.out, "started  %s\n", r)
		}
	}
	r.elapsed = e.Elapsed
	if e.Event.Step != nil {
		r.step = e.Event.Step.Number
	}
	p.draw(false)
}

// finished is told of the result of a run.
func (p *scenarioProgress) finished(job scenario.Job, result scenario.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.find(job.Scenario.Name, job.Options.Transport, job.Options.Repeat)
	if r == nil {
		r = &runningScenario{scenario: job.Scenario.Name, transport: job.Options.Transport, repeat: job.Options.Repeat}
	}
	kept := p.running[:0]
	for _, other := range p.running {
		if other != r {
			kept = append(kept, other)
		}
	}
	p.running = kept
	p.done++
	how := p.paint.Green
	if result.Verdict != scenario.Passed {
		p.failed++
		how = p.paint.Red
	}
	p.erase()
	fmt.Fprintf(p.out, "%s %s in %s\n", how(fmt.Sprintf("%-8s", result.Verdict)), r, seconds(result.Took))
	p.draw(true)
}

// end removes the live line.
func (p *scenarioProgress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	p.live = nil
}

// Write implements io.Writer, for lines that go above the live one.
func (p *scenarioProgress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	n, err := p.out.Write(text)
	if bytes.HasSuffix(text, []byte("\n")) {
		p.draw(true)
	}
	return n, err
}

func (p *scenarioProgress) find(name string, t scenario.Transport, repeat int) *runningScenario {
	for _, r := range p.running {
		if r.scenario == name && r.transport == t && r.repeat == repeat {
			return r
		}
	}
	return nil
}

// erase removes the live line, if there is one.
func (p *scenarioProgress) erase() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[2K")
		p.shown = false
	}
}

// draw draws the live line anew, unless that has just been done.
func (p *scenarioProgress) draw(always bool) {
	if p.live == nil || len(p.running) == 0 || !always && time.Since(p.drawn) < redraw {
		return
	}
	p.erase()
	fmt.Fprint(p.out, runewidth.Truncate(p.liveLine(), p.live()-1, "…"))
	p.shown, p.drawn = true, time.Now()
}

func (p *scenarioProgress) liveLine() string {
	parts := make([]string, 0, len(p.running))
	for _, r := range p.running {
		at := "starting"
		if r.step > 0 {
			at = fmt.Sprintf("step %d/%d", min(r.step, r.steps), r.steps)
		}
		parts = append(parts, fmt.Sprintf("%s %s %s", r, at, seconds(r.elapsed)))
	}
	failed := ""
	if p.failed > 0 {
		failed = fmt.Sprintf(", %d not passed", p.failed)
	}
	return fmt.Sprintf("[%d/%d%s] %s", p.done, p.total, failed, strings.Join(parts, " | "))
}

// String names a run as the report does.
func (r *runningScenario) String() string {
	text := fmt.Sprintf("%s (%s)", r.scenario, r.transport)
	if r.repeat > 1 {
		text += fmt.Sprintf(", run %d", r.repeat)
	}
	return text
}

// seconds is a duration in whole seconds.
func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }
