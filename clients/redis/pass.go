package redis

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pass is one walk over the whole keyspace, which may take several steps.
type pass struct {
	began    time.Time
	counters int64
	chains   []*chain
}

// beginPass meets the masters and cuts them into parts. If there
// is something to be followed afterwards, what changes is noted from now on.
func (s *Sweeper) beginPass(ctx context.Context, members []*member) error {
	p := &pass{began: time.Now()}
	for _, m := range members {
		if err := m.meet(ctx, s.client); err != nil {
			return err
		}
	}
	if err := s.beginWatch(ctx, members); err != nil {
		return err
	}
	for _, m := range members {
		m.begin(s.opts.Chains)
		p.chains = append(p.chains, m.chains...)
	}
	s.pass = p
	s.round++
	return nil
}

// begin lays out the chains of a pass. Their wires are those of the last.
func (m *member) begin(chains int) {
	if m.one != "" {
		chains = 1
	}
	old := m.chains
	m.chains = make([]*chain, chains)
	for i, part := range split(chains) {
		ch := newChain(m, part)
		if i < len(old) {
			ch.line.wire, ch.line.answers = old[i].line.wire, old[i].line.answers
			ch.batch.probes, ch.batch.found = old[i].batch.probes[:0], old[i].batch.found
		}
		if i > 0 {
			ch.border.before, m.chains[i-1].border.next = m.chains[i-1], ch
		}
		m.chains[i] = ch
	}
	for _, ch := range old[min(len(old), chains):] {
		ch.drop()
	}
}

// sweepOn walks all chains on, side by side, until they are done, or time is up.
func (s *Sweeper) sweepOn(ctx context.Context, r *run) error {
	errs := make([]error, len(s.pass.chains))
	var walking sync.WaitGroup
	for i, ch := range s.pass.chains {
		walking.Go(func() { errs[i] = ch.advance(ctx, s, r) })
	}
	walking.Wait()
	s.pass.counters += r.passed
	r.passed = 0
	var failed error
	done := true
	for i, ch := range s.pass.chains {
		switch {
		case errors.Is(errs[i], errRestarted):
			return errs[i]
		case errors.Is(errs[i], errNotSplit):
			ch.line.member.one = errNotSplit.Error()
			s.again(errNotSplit.Error())
			return nil
		case errs[i] != nil && failed == nil:
			failed = errs[i]
		}
		done = done && ch.done()
	}
	if done {
		s.last = &FullPass{Counters: s.pass.counters, Began: s.pass.began, Ended: time.Now()}
		r.progress.Complete = true
		s.pass = nil
		s.watch.endPass()
	}
	return failed
}

// again gives the pass up, to be begun anew.
func (s *Sweeper) again(why string) {
	s.pass = nil
	s.watch.unfollow(why)
}

// swept is about how many keys the pass, or the last one, has walked.
func (s *Sweeper) swept() (n int64, total *int64) {
	all, known := int64(0), len(s.members) > 0
	for _, m := range s.members {
		walked, done := int64(0), true
		for _, ch := range m.chains {
			walked += ch.walked
			done = done && ch.done()
		}
		if known = known && m.total != nil; known {
			all += *m.total
		}
		if m.total != nil && (done || walked > *m.total) {
			walked = *m.total
		}
		n += walked
	}
	if known {
		total = new(all)
	}
	return n, total
}
