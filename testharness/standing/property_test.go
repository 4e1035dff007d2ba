package standing_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// live is a fault of a random run.
type live struct {
	id     int
	impact fault.Impact
	healed bool
}

// play writes a random run in which faults come and go, overlap and settle
// together, and a subject reports what is so, or that it does not know.
func play(rnd *rand.Rand) record.Record {
	w := newWriter()
	w.wait(time.Duration(rnd.IntN(2000)) * time.Millisecond)
	w.look(said{})
	kinds := []fault.Impact{
		{Breaks: marks("disk"), May: marks("down/a")},
		{Breaks: marks("down/b")},
		{May: marks("slow/a", "down/b")},
		{Breaks: marks("slow"), May: marks("disk")},
	}
	var faults []*live
	for id := range 30 + rnd.IntN(30) {
		switch hurt := active(faults); {
		case rnd.IntN(5) == 0 && len(hurt) < 3:
			f := &live{id: id, impact: kinds[rnd.IntN(len(kinds))]}
			w.fault(f.id, record.Injecting, f.impact)
			if rnd.IntN(4) == 0 {
				w.look(say1(rnd, append(hurt, f))) // an observation while it is injected
			}
			w.fault(f.id, record.Injected, f.impact)
			faults = append(faults, f)
		case rnd.IntN(4) == 0 && len(hurt) > 0:
			faults = w.settle(faults, hurt[rnd.IntN(len(hurt))])
		}
		w.look(say1(rnd, faults))
	}
	for _, f := range active(faults) {
		faults = w.settle(faults, f)
	}
	for range 3 {
		w.look(said{})
	}
	return w.end()
}

// settle heals a fault, and with the last that was not healed all are settled.
func (w *writer) settle(faults []*live, f *live) []*live {
	w.fault(f.id, record.Healing, f.impact)
	w.fault(f.id, record.Healed, f.impact)
	f.healed = true
	if len(active(faults)) > 0 {
		return faults
	}
	for _, f := range faults {
		w.fault(f.id, record.Settled, f.impact)
	}
	return nil
}

func active(faults []*live) []*live {
	return slices.DeleteFunc(slices.Clone(faults), func(f *live) bool { return f.healed })
}

// say1 is what a right subject may say under faults: what they break is broken or
// unknown, what they may break anything.
func say1(rnd *rand.Rand, faults []*live) said {
	var s said
	if len(faults) > 0 && rnd.IntN(10) == 0 {
		s.err = &protocol.Error{Code: protocol.Unavailable, Message: "gone"}
	}
	seen := make(map[fault.Mark]bool)
	judge := func(m fault.Mark, held bool) {
		name := m.Invariant
		if m.Entity != "" {
			name += "/" + m.Entity
		}
		switch pick := rnd.IntN(3); {
		case seen[m] || pick == 2 && held:
			return
		case pick == 0 && m.Invariant != "slow":
			s.broken = append(s.broken, name)
		default:
			s.unknown = append(s.unknown, name)
		}
		seen[m] = true
	}
	for _, f := range faults {
		for _, m := range f.impact.Breaks {
			judge(m, f.healed)
		}
	}
	for _, f := range faults {
		for _, m := range f.impact.May {
			judge(m, true)
		}
	}
	return s
}

func TestRandomGoodRuns(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		r := play(rand.New(rand.NewPCG(seed, 7)))
		if found := standing.Check(r); len(found) > 0 {
			t.Fatalf("seed %d: a good run of %d observations:\n%s", seed, len(r.Events), dump(found))
		}
	}
}

// TestRandomBadRuns breaks each random run once.
func TestRandomBadRuns(t *testing.T) {
	t.Parallel()
	breaks := map[string]func(o *record.Observation, r *record.Record){
		"returned_in_time": func(o *record.Observation, _ *record.Record) { o.Ended = o.Deadline.Add(standing.Slack + 1) },
		"held_was_read": func(o *record.Observation, r *record.Record) {
			say(r, o.Number, nil, nil)
			o.Read = map[string]int64{"operator->disk": 0}
		},
		"no_false_alarms": func(o *record.Observation, r *record.Record) { say(r, o.Number, []string{"down/z"}, nil) },
		"nothing_resolved_while_unknown": func(o *record.Observation, _ *record.Record) {
			o.Transitions = append(o.Transitions, protocol.Transition{To: protocol.Cleared, Ticket: protocol.Ticket{Invariant: "down", Entity: fmt.Sprint(o.Number)}})
		},
		"says_what_it_declares": func(o *record.Observation, r *record.Record) { say(r, o.Number, []string{"weather"}, nil) },
	}
	for name, spoil := range breaks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				rnd := rand.New(rand.NewPCG(seed, 7))
				r := play(rnd)
				o := seen(&r, 1+rnd.IntN(30))
				if o.Err != nil {
					continue
				}
				spoil(o, &r)
				if !slices.Contains(broken(r), name) {
					t.Fatalf("seed %d: observation %d was spoilt, and %v were found", seed, o.Number, broken(r))
				}
			}
		})
	}
}
