package random

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// The shape of a schedule. A fault is there long enough for most of what it
// breaks to be owed (two intervals, the timeout, and what a registration lives),
// and sometimes too short for anything.
const (
	// MaxFaults is how many faults there are at once.
	MaxFaults = 3
	// MaxSteps bounds a schedule, whatever its duration.
	MaxSteps = 4000

	minGap, maxGap   = time.Second, 9 * time.Second
	minHold, maxHold = 2 * time.Second, 14 * time.Second
	// closing is how many steps a schedule may still have after its last change: to
	// wait for that, to make it, to wait, and to heal.
	closing = 4
	// settling is about what it takes until a system is found healthy again.
	settling = 8 * time.Second
	// grain is what times are rounded to, so that a schedule reads well.
	grain = 100 * time.Millisecond
	// Each run needs a start and an end beside its steps, and a machine may be slow.
	boundFactor, boundMargin = 3, 3 * time.Minute
)

// stream tells the numbers of a schedule from those of others with the same seed.
const stream = 0x6661756c7473

// Schedule returns a scenario that lasts about d, d at least 10 s, in which the
// faults of system.Random come and go under the usual load. What is done to what,
// when, and for how long follows from the seed and the system alone: the same
// seed brings the same scenario. It expects nothing, but that everything is held
// in the end; the standing rules judge the rest.
//
// At most [MaxFaults] are there at once, and never two that would be in each
// other's way. In between the system is sometimes left alone, and healed at the
// end. A system that declares no random faults is only watched.
func Schedule(seed uint64, system stack.System, d time.Duration) scenario.Scenario {
	d = max(d, 10*time.Second).Round(grain)
	s := scenario.Scenario{
		Name:    fmt.Sprintf("random_%s_%d", system.Name, seed),
		Summary: fmt.Sprintf("Faults that follow from the seed %d, for %s.", seed, d),
		Row:     "random",
		System:  system.Name,
		Bound:   min(boundFactor*d+boundMargin, 24*time.Hour),
	}
	p := &plan{
		rnd:   rand.New(rand.NewPCG(seed, stream)), //nolint:gosec // it has to be foreseeable
		pool:  system.Random,
		kinds: make(map[string]stack.Kind, len(system.Kinds)),
	}
	for _, k := range system.Kinds {
		p.kinds[k.Name] = k
	}
	p.play(d)
	s.Steps = p.steps
	for _, step := range s.Steps {
		if step.Fault == nil {
			continue
		}
		switch step.Fault.On {
		case "plugin":
			s.Transports = []scenario.Transport{scenario.Binary}
		case "host":
			s.Host = true
		}
	}
	return s
}

// A plan is a schedule in the making.
type plan struct {
	rnd   *rand.Rand
	pool  []stack.Spec
	kinds map[string]stack.Kind

	steps  []scenario.Step
	now    time.Duration // about, from the beginning
	there  []injection
	number int
}

// An injection is a fault that is there, until it is healed.
type injection struct {
	spec stack.Spec
	as   string
	heal time.Duration
}

// play makes the steps of a schedule that ends at about d.
func (p *plan) play(d time.Duration) {
	next := p.between(minGap, maxGap)
	for len(p.steps) < MaxSteps-closing {
		first := slices.IndexFunc(p.there, func(i injection) bool { return i.heal <= next })
		for i, in := range p.there {
			if first >= 0 && in.heal < p.there[first].heal {
				first = i
			}
		}
		at := next
		if first >= 0 {
			at = p.there[first].heal
		}
		if at >= d {
			break
		}
		p.wait(at - p.now)
		if first >= 0 {
			p.steps = append(p.steps, scenario.Step{Heal: p.there[first].as})
			p.there = slices.Delete(p.there, first, first+1)
			if len(p.there) == 0 {
				p.now += settling // the runner waits until all is well
				next = max(next, p.now+p.between(minGap, maxGap))
			}
			continue
		}
		p.inject()
		next = p.now + p.between(minGap, maxGap)
	}
	p.wait(d - p.now)
	if len(p.there) > 0 {
		p.steps = append(p.steps, scenario.Step{Heal: "all"})
	}
}

// inject adds one of the faults that are possible now, if any is.
func (p *plan) inject() {
	if len(p.there) >= MaxFaults {
		return
	}
	var possible []stack.Spec
	for _, spec := range p.pool {
		if !slices.ContainsFunc(p.there, func(i injection) bool { return p.collide(spec, i.spec) }) {
			possible = append(possible, spec)
		}
	}
	if len(possible) == 0 {
		return
	}
	spec := possible[p.rnd.IntN(len(possible))]
	p.number++
	in := injection{spec: spec, as: fmt.Sprintf("%s_%d", spec.Kind, p.number), heal: p.now + p.between(minHold, maxHold)}
	p.there = append(p.there, in)
	p.steps = append(p.steps, scenario.Step{Fault: &spec, As: in.as})
}

func (p *plan) wait(d time.Duration) {
	if d = d.Round(grain); d > 0 {
		p.steps = append(p.steps, scenario.Step{Wait: d})
		p.now += d
	}
}

// between returns a time from low to high, all as likely.
func (p *plan) between(low, high time.Duration) time.Duration {
	return (low + time.Duration(p.rnd.Int64N(int64(high-low)+1))).Round(grain)
}
