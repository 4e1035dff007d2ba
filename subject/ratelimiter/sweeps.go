package ratelimiter

import (
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// A tour is the sweep over all counters in Redis, and what its legs have left to
// look after. A keyspace that fits the budget is toured by every observation
// anew; a larger one by several, each of which walks one [leg].
//
// A tour of several legs comes to a verdict all the same: what was found wrong
// on the way is read again by every further leg, so when the last one ends,
// each counter was either found well or is known as it is now.
type tour struct {
	main bool
	// sweep is nil before the first leg, and again after one whose counters were
	// not judged: a round with a gap in it proves nothing.
	sweep *redis.Sweep
	// wrong are the keys that were broken, or could not be judged, when they were
	// last read.
	wrong []string
	// lost says that there were more of them than are looked after, so the
	// present round ends without a verdict.
	lost bool
	// judged says that the present leg has come to its end.
	judged bool
}

// maxWrong is how many keys a tour looks after: what one more round trip reads.
const maxWrong = 500

// begin returns the sweep to walk on.
func (t *tour) begin(client *redis.Client) (*redis.Sweep, error) {
	if t.sweep == nil {
		sweep, err := client.NewSweep(redis.SweepOptions{})
		if err != nil {
			return nil, err
		}
		t.sweep = sweep
	}
	return t.sweep, nil
}

// end ends a leg whose counters were judged, with the keys that were not found
// well.
func (t *tour) end(l leg, wrong []string) {
	t.judged = true
	if l.Fresh {
		t.lost = false // another round has begun
	}
	slices.Sort(wrong)
	if len(wrong) > maxWrong {
		wrong, t.lost = wrong[:maxWrong], true
	}
	t.wrong = slices.Clone(wrong)
}

// sweeps lends out the tour that observations continue one after the other.
// Observations at the same time do not wait for it: they get one of their own,
// which begins anew.
type sweeps struct{ main chan *tour }

func newSweeps() *sweeps {
	s := &sweeps{main: make(chan *tour, 1)}
	s.main <- &tour{main: true}
	return s
}

// take returns a tour. The caller gives it back.
func (s *sweeps) take() *tour {
	select {
	case t := <-s.main:
		t.judged = false
		return t
	default:
		return &tour{}
	}
}

// giveBack takes a tour back, judged or not.
func (s *sweeps) giveBack(t *tour) {
	if !t.main {
		return
	}
	if !t.judged {
		t.sweep, t.lost = nil, false
	}
	s.main <- t
}
