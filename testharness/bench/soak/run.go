package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// Options say how long a soak lasts, and of what.
type Options struct {
	// For is how long it lasts, from when everything works.
	For time.Duration
	// Interval is the time between two observations; 0 is a second.
	Interval time.Duration
	// Every is the time between two samples; 0 is five seconds.
	Every time.Duration
	// Nodes is how many nodes there are; 0 is 3.
	Nodes int
	// Rate is how many checks are made per second, over all nodes; 0 is 250.
	Rate float64
	// Log receives a line now and then on how it goes; nil is nobody.
	Log io.Writer
}

func (o Options) complete() Options {
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	if o.Every == 0 {
		o.Every = 5 * time.Second
	}
	if o.Nodes == 0 {
		o.Nodes = 3
	}
	if o.Rate == 0 {
		o.Rate = 250
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o
}

// startBound is how long building and starting everything may take.
const startBound = 15 * time.Minute

// endBound is how long the operator may take to end.
const endBound = 15 * time.Second

// Run soaks until the time is up or ctx ends, which is no error, and then ends
// everything that it has started. The record is of as long as it lasted: it is
// there, beside the error, also where the operator ended by itself; nil only where
// nothing could be started.
func Run(ctx context.Context, o Options) (_ *Record, err error) {
	o = o.complete()
	starting, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	dir, err := scratch.New(starting, "soak-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	fmt.Fprintln(o.Log, "soak: building the operator, its plugin and the node")
	if err := build(starting, dir.Path()); err != nil {
		return nil, err
	}
	c, err := cluster.Start(starting, cluster.Options{
		Nodes: o.Nodes, NodeBinary: filepath.Join(dir.Path(), nodeCommand), DefaultLimit: limitFor(o.Rate),
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	load, err := c.Load(ctx, cluster.LoadOptions{Rate: o.Rate})
	if err != nil {
		return nil, err
	}
	heard := &hearing{}
	operator, err := startHost(starting, dir.Path(), c, o.Interval, heard)
	if err != nil {
		return nil, fmt.Errorf("start the operator: %w", err)
	}
	defer func() { err = errors.Join(err, operator.Close()) }()
	settle(starting, heard)
	return soak(ctx, o, load, operator, heard)
}

// settleBound is how long all may take to be found well: longer, and it begins
// with what is found.
const settleBound = time.Minute

// settle waits until an observation has found everything well, as the first ones
// of a new system cannot.
func settle(ctx context.Context, heard *hearing) {
	ctx, cancel := context.WithTimeout(ctx, settleBound)
	defer cancel()
	_ = wait.For(ctx, "an observation that finds everything well", func() (bool, error) { return heard.fine(), nil })
}

// limitFor is the limit at which so many checks per second, each key at half of its
// limit, need eighty keys: the management API lists no more than a hundred, and
// what it does not list cannot be compared.
func limitFor(rate float64) int {
	const keys, half = 80, 2
	return max(100, int(math.Ceil(rate*60*half/keys)))
}

// soak samples until it is over.
func soak(ctx context.Context, o Options, load *cluster.Load, operator *process.Process, heard *hearing) (*Record, error) {
	heard.begin()
	before := load.Stats()
	began := time.Now()
	r := &Record{Summary: Summary{Began: began, Planned: o.For.Seconds(), Nodes: o.Nodes, Rate: o.Rate}}
	fmt.Fprintf(o.Log, "soak: for %v, from now on\n", o.For)
	over := time.NewTimer(o.For)
	defer over.Stop()
	tick := time.NewTicker(o.Every)
	defer tick.Stop()
	var failed error
	told := began
	for going := true; going; {
		r.Samples = append(r.Samples, look(time.Since(began).Seconds(), operator.PID()))
		if time.Since(told) >= time.Minute {
			told = time.Now()
			s := r.Samples[len(r.Samples)-1]
			fmt.Fprintf(o.Log, "soak: %v: host %.1f MB, %d descriptors; plugin %.1f MB, %d descriptors; %d observations\n",
				time.Since(began).Round(time.Second), s.Host.ResidentMB, s.Host.Descriptors, s.Plugin.ResidentMB, s.Plugin.Descriptors, heard.observations())
		}
		select {
		case <-tick.C:
		case <-over.C:
			going = false
		case <-ctx.Done():
			going = false
		case <-operator.Exited():
			failed, going = goneError(operator), false
		}
	}
	r.Seconds = time.Since(began).Seconds()
	heard.into(r)
	after := load.Stop()
	r.Checks = after.Allowed + after.Blocked - before.Allowed - before.Blocked
	r.Failed = after.Failed - before.Failed
	r.Trends = trends(r.Samples)
	if failed == nil {
		failed = operator.Terminate(endBound)
	}
	return r, failed
}

// unknown is what a process uses of which nothing is known.
func unknown(pid int) Use {
	return Use{PID: pid, ResidentMB: -1, Descriptors: -1, Threads: -1, CPUSeconds: -1}
}
