package protocol_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A model is the least that one can say of a single entity under a single
// invariant: when it may fire and when it must be over. It is written from the
// contract and shares nothing with the Tracker.
type model struct {
	grace   time.Duration
	open    bool
	firing  bool
	watched time.Duration // between consecutive observations that both saw it broken
	last    *time.Duration
}

func (m *model) next(verdict protocol.Verdict, now time.Duration) (to protocol.TicketState) {
	if verdict == protocol.Unknown {
		m.last = nil
		return ""
	}
	if verdict == protocol.Held {
		defer func() { *m = model{grace: m.grace} }()
		switch {
		case m.firing:
			return protocol.Resolved
		case m.open:
			return protocol.Cleared
		}
		return ""
	}
	if m.last != nil {
		m.watched += now - *m.last
	}
	m.last = &now
	was := *m
	m.open = true
	m.firing = m.firing || m.watched >= m.grace
	switch {
	case m.firing && !was.firing:
		return protocol.Firing
	case !was.open:
		return protocol.Pending
	}
	return ""
}

// FuzzTracker feeds a Tracker with verdicts made from bytes: for each
// observation one that says how time passes and whether there is one at all,
// and one for each entity.
func FuzzTracker(f *testing.F) {
	random := rand.NewChaCha8([32]byte{}) // the same numbers each time
	for n := range 200 {
		seed := make([]byte, 4*(1+n%60))
		_, _ = random.Read(seed)
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		invariants := []protocol.Invariant{
			{Name: "now", Severity: protocol.Critical},
			{Name: "soon", Severity: protocol.Warning, Grace: 3 * time.Second},
			{Name: "later", Severity: protocol.Info, Grace: 40 * time.Second},
		}
		models := make([]model, len(invariants))
		for i, inv := range invariants {
			models[i].grace = inv.Grace
		}
		tracker := protocol.NewTracker(invariants)
		var now time.Duration
		for data = data[:min(len(data), 4*100)]; len(data) >= 4; data = data[4:] {
			now += time.Duration(data[0]>>2) * time.Second / 4
			missed := data[0]&3 == 3
			o := protocol.Observation{Time: epoch.Add(now)}
			want := map[string]protocol.TicketState{}
			for i, inv := range invariants {
				verdict := []protocol.Verdict{protocol.Held, protocol.Broken, protocol.Broken, protocol.Unknown}[data[1+i]&3]
				entity := "x"
				switch {
				case missed:
					verdict = protocol.Unknown
				case verdict == protocol.Broken:
					o.Violations = append(o.Violations, protocol.Violation{Invariant: inv.Name, Entity: "x", Severity: inv.Severity})
				case verdict == protocol.Unknown && data[1+i]&4 != 0:
					entity = "" // all of them
					fallthrough
				case verdict == protocol.Unknown:
					o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: inv.Name, Entity: entity, Reason: "gone"})
				}
				if to := models[i].next(verdict, now); to != "" {
					want[inv.Name] = to
				}
			}
			got := map[string]protocol.TicketState{}
			if missed {
				tracker.Missed(o.Time, "missed")
			} else {
				for _, tr := range tracker.Update(o) {
					got[tr.Ticket.Invariant] = tr.To
				}
			}
			compare(t, "transitions at "+now.String(), want, got)

			states := map[string]protocol.TicketState{}
			for i, inv := range invariants {
				if models[i].firing {
					states[inv.Name] = protocol.Firing
				} else if models[i].open {
					states[inv.Name] = protocol.Pending
				}
			}
			for _, ticket := range tracker.Tickets() {
				if states[ticket.Invariant] != ticket.State {
					t.Fatalf("at %s: %s is %s, want %q", now, ticket.Invariant, ticket.State, states[ticket.Invariant])
				}
				delete(states, ticket.Invariant)
			}
			compare(t, "tickets missing at "+now.String(), map[string]protocol.TicketState{}, states)
		}
	})
}

func TestTrackerConcurrently(t *testing.T) {
	t.Parallel()
	tracker := protocol.NewTracker(declared)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				switch (i + j) % 8 {
				case 0, 1, 2:
					changed := tracker.Update(observe(step{at: time.Duration(j) * time.Second, broken: []string{"down/a", "slow/b"}}))
					for k := range changed {
						changed[k].Ticket.Message = "mine"
					}
				case 3:
					tracker.Update(observe(step{at: time.Duration(j) * time.Second, unknown: []string{"slow"}}))
				case 4:
					tracker.Missed(epoch, "gone")
				case 5:
					tracker.SetInvariants(declared)
				case 6:
					tracker.Restore(tracker.Tickets())
				default:
					for _, ticket := range tracker.Tickets() {
						if ticket.FiredAt != nil {
							*ticket.FiredAt = time.Time{}
						}
					}
					tracker.Overflow()
				}
			}
		})
	}
	wg.Wait()
	tracker.SetInvariants(declared)
	tracker.Update(observe(step{}))
	compare(t, "after everything held", []protocol.Ticket{}, tracker.Tickets())
}
