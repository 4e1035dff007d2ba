package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
)

func at(name string, step int, elapsed time.Duration) scenario.Progress {
	p := scenario.Progress{Scenario: name, Transport: scenario.Binary, Repeat: 1, Steps: 3, Elapsed: elapsed}
	if step > 0 {
		p.Event = record.Event{Step: &record.Step{Number: step}}
	}
	return p
}

func jobOf(name string) scenario.Job {
	return scenario.Job{Scenario: scenario.Scenario{Name: name}, Options: scenario.Options{Transport: scenario.Binary, Repeat: 1}}
}

// On a terminal the last line is what runs; lines of the log and of what has
// ended are above it.
func TestLiveProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newScenarioProgress(&b, false)
	p.live = func() int { return 60 }
	last := func() string {
		text := b.String()
		return text[strings.LastIndexAny(text, "\nK")+1:]
	}
	p.begin(3, 5)
	p.happened(at("redis_hung", 0, 0))
	if diff := cmp.Diff("[0/3] redis_hung (binary) starting 0 s", last()); diff != "" {
		t.Error(diff)
	}
	p.drawn = time.Time{}
	p.happened(at("redis_hung", 4, 7*time.Second)) // beyond the steps is the end
	if diff := cmp.Diff("[0/3] redis_hung (binary) step 3/3 7 s", last()); diff != "" {
		t.Error(diff)
	}
	fmt.Fprintln(p, "a line of the log")
	if !strings.Contains(b.String(), "\r\x1b[2Ka line of the log\n[0/3] redis_hung") {
		t.Errorf("%q", b.String())
	}
	p.happened(at("another_one_with_a_long_name", 1, time.Second))
	p.finished(jobOf("redis_hung"), scenario.Result{Verdict: scenario.Failed, Took: 8 * time.Second})
	want := "\r\x1b[2Kfailed   redis_hung (binary) in 8 s\n[1/3, 1 not passed] another_one_with_a_long_name (binary) …"
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("%q does not end in %q", b.String(), want)
	}
	p.end()
	if !strings.HasSuffix(b.String(), "\r\x1b[2K") {
		t.Errorf("the live line is still there: %q", b.String())
	}
}

// Anywhere else there are only whole lines.
func TestPlainProgress(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newScenarioProgress(&b, true)
	p.begin(1, 5)
	for step := range 3 {
		p.happened(at("redis_hung", step, time.Second))
	}
	p.finished(jobOf("redis_hung"), scenario.Result{Verdict: scenario.Passed, Took: time.Second})
	p.finished(jobOf("never_begun"), scenario.Result{Verdict: scenario.Errored})
	p.end()
	want := "1 run, seed 5\nstarted  redis_hung (binary)\npassed   redis_hung (binary) in 1 s\nerror    never_begun (binary) in 0 s\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// Runs tell what happens at the same time.
func TestProgressConcurrently(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := newScenarioProgress(&b, true)
	p.live = func() int { return 80 }
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprintf("s%d", i)
			for step := range 50 {
				p.happened(at(name, step, 0))
				fmt.Fprintln(p, name)
			}
			p.finished(jobOf(name), scenario.Result{Verdict: scenario.Passed})
		})
	}
	all.Wait()
	p.end()
	if p.done != 8 || len(p.running) != 0 {
		t.Errorf("%d done, %d running", p.done, len(p.running))
	}
}
