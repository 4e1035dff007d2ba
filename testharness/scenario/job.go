package scenario

import (
	"context"
	"sync"
)

// A Job is one run that is to be made.
type Job struct {
	Scenario Scenario
	Options  Options
}

// Jobs are the runs of scenarios over transports, each so many times. A scenario
// is left out where it makes no sense on a transport; without transports it is
// all of them. Repeats of one scenario are far from each other, so that a few
// results of everything come early.
func Jobs(scenarios []Scenario, transports []Transport, repeats int, o Options) []Job {
	if len(transports) == 0 {
		transports = Transports()
	}
	var jobs []Job
	for repeat := range max(1, repeats) {
		for _, sc := range scenarios {
			for _, t := range transports {
				if !sc.On(t) {
					continue
				}
				o := o
				o.Transport, o.Repeat = t, repeat+1
				jobs = append(jobs, Job{Scenario: sc, Options: o})
			}
		}
	}
	return jobs
}

// A Done is a job that was done. Err is that of [Run].
type Done struct {
	// Index is the job's.
	Index  int
	Result Result
	Err    error
}

// RunAll does jobs, at most so many at a time, and hands each over as it is done,
// from one goroutine at a time. When ctx ends, those under way are ended and
// handed over, and the others are not begun; the error is then the context's.
func RunAll(ctx context.Context, jobs []Job, parallel int, done func(Done)) error {
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		next    = make(chan int)
	)
	for range min(max(1, parallel), len(jobs)) {
		workers.Go(func() {
			for i := range next {
				o := jobs[i].Options
				o.Shared = o.Shared || parallel > 1
				result, err := Run(ctx, jobs[i].Scenario, o)
				mu.Lock()
				done(Done{Index: i, Result: result, Err: err})
				mu.Unlock()
			}
		})
	}
feed:
	for i := range jobs {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}
