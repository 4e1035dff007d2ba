package tikv

import (
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// checkers have the Checker of each subject: compiling takes longer than
// checking.
var checkers sync.Map

// checkerOf returns what hosts check the answers of a subject by.
func checkerOf(t testing.TB, s protocol.Subject) *verify.Checker {
	t.Helper()
	if c, ok := checkers.Load(s); ok {
		return c.(*verify.Checker)
	}
	c, err := verify.New(protocol.DefinitionOf(s, protocol.Definition{}))
	if err != nil {
		t.Fatalf("the definition: %v", err)
	}
	checkers.Store(s, c)
	return c
}

// boundary is the largest message that crosses the process boundary, in bytes.
const boundary = 4 << 20

// verifyObservation checks an observation as a host does that has received it.
func verifyObservation(t testing.TB, s protocol.Subject, o protocol.Observation) {
	t.Helper()
	if err := checkerOf(t, s).Observation(o, time.Now()); err != nil {
		t.Errorf("a host would refuse it: %v", err)
	}
	size := len(o.Summary) + len(o.State)
	const entry = 64 // what an entry has besides its texts
	for _, s := range o.Sources {
		size += len(s.Name) + len(s.Message) + entry
	}
	for _, v := range o.Violations {
		size += len(v.Invariant) + len(v.Entity) + len(v.Message) + len(v.Unit) + entry
	}
	for _, u := range o.Unchecked {
		size += len(u.Invariant) + len(u.Entity) + len(u.Source) + len(u.Reason) + entry
	}
	if size > boundary {
		t.Errorf("it has about %d bytes, and may have %d", size, boundary)
	}
}

// act acts, and checks the outcome as a host does.
func act(t testing.TB, s protocol.Subject, a protocol.Action) (protocol.Outcome, error) {
	t.Helper()
	o, err := s.Act(t.Context(), a)
	if err == nil {
		if err := checkerOf(t, s).Outcome(a, o); err != nil {
			t.Errorf("a host would refuse the outcome of %s: %v", a.Name, err)
		}
	}
	return o, err
}
