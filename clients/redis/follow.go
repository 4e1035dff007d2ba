package redis

import "context"

// follow reads the counters that changed, those whose windows moved on, and a few
// to verify that these are all.
func (s *Sweeper) follow(ctx context.Context, r *run, members []*member) error {
	w, v := &s.watch, &r.progress.Visited
	changed := func() []string { return w.changed.drain(batchKeys / 2) }
	moved := func() []string { return w.moving.drain(batchKeys/2, r.began) }
	if err := s.readAll(ctx, r, members, changed, r.take(&v.Changed)); err != nil {
		return err
	}
	if err := s.readAll(ctx, r, members, moved, r.take(&v.Moved)); err != nil {
		return err
	}
	return s.verify(ctx, r, members)
}

// readAll reads what more gives until it gives no more or time is up.
func (s *Sweeper) readAll(
	ctx context.Context, r *run, members []*member, more func() []string, emit func([]Counter),
) error {
	for first := true; first || !r.late(); first = false {
		keys := more()
		if len(keys) == 0 {
			return nil
		}
		if err := s.readGiven(ctx, r, members, keys, emit); err != nil {
			s.watch.changed.putBack(keys) // some were read; once more does no harm
			return err
		}
	}
	return nil
}

// readGiven reads the keys that are given, counters or not.
func (s *Sweeper) readGiven(
	ctx context.Context, r *run, members []*member, keys []string, emit func([]Counter),
) error {
	if s.client.cluster != nil {
		return s.readAnywhere(ctx, r, keys, emit)
	}
	ch := members[0].given
	defer func() { ch.batch.probes = ch.batch.probes[:0] }()
	for len(keys) > 0 || !ch.done() {
		n := max(0, min(len(keys), batchKeys/2-len(ch.batch.probes)))
		for _, key := range keys[:n] {
			p := probe{stage: askUse, counter: Counter{Key: key}, card: true}
			if ambiguous(key) {
				p.stage = askType
			}
			ch.batch.probes = append(ch.batch.probes, p)
		}
		keys = keys[n:]
		if err := ch.page(ctx, s, r, 0, emit); err != nil {
			return err
		}
	}
	return nil
}

// readAnywhere is readGiven for a Cluster: go-redis knows what is where.
func (s *Sweeper) readAnywhere(ctx context.Context, r *run, keys []string, emit func([]Counter)) error {
	for len(keys) > 0 {
		n := min(batchKeys, len(keys))
		page := keys[:n]
		keys = keys[n:]
		var types []step
		var plain []string
		for _, key := range page {
			if ambiguous(key) {
				types = append(types, &typing{key: key})
			} else {
				plain = append(plain, key)
			}
		}
		var others []Counter
		if len(types) > 0 {
			if err := s.client.read(ctx, types, 0, nil); err != nil {
				return err
			}
		}
		for _, st := range types {
			t, _ := st.(*typing)
			switch t.settle(s.client); {
			case t.failed != nil:
				others = append(others, Counter{Key: t.key, Err: t.failed})
			case t.kind == kindCounter:
				plain = append(plain, t.key)
			default:
				others = append(others, Counter{Key: t.key})
			}
		}
		counters, err := s.client.Counters(ctx, plain, r.window)
		if err != nil {
			return err
		}
		for i := range counters {
			if err := counters[i].Err; err != nil && !aboutKey(err) {
				return err
			}
		}
		emit(append(counters, others...))
	}
	return nil
}

// verify reads a few counters that are believed to be unchanged.
func (s *Sweeper) verify(ctx context.Context, r *run, members []*member) error {
	w := &s.watch
	w.turn++
	ch := members[w.turn%len(members)].verify
	if ch.done() {
		ch.begun, ch.atEnd, ch.walked = false, false, 0
	}
	take := r.take(&r.progress.Visited.Verified)
	var suspects []*Difference
	compare := func(counters []Counter) {
		for i := range counters {
			if d := w.sample.differs(&counters[i]); d != nil {
				suspects = append(suspects, d)
			}
		}
		take(counters) // which is what they are from now on
	}
	err := ch.page(ctx, s, r, verifyPage, func(counters []Counter) {
		compare(counters)
		for i := range counters {
			w.sample.add(&counters[i])
		}
	})
	if err != nil {
		return err
	}
	err = s.readGiven(ctx, r, members, w.sample.pick(), compare)
	if err != nil || len(suspects) == 0 {
		return err
	}
	return s.convict(ctx, members, suspects)
}

// convict tells the counters that Redis has told of meanwhile from those that it
// has not.
func (s *Sweeper) convict(ctx context.Context, members []*member, suspects []*Difference) error {
	w := &s.watch
	if err := s.barrier(ctx, members); err != nil {
		return err
	}
	if _, lost := w.changed.state(); lost != "" {
		return nil // the next step finds out
	}
	for _, d := range suspects {
		if !w.changed.has(d.Is.Key) {
			w.differences++
			w.difference = d
			s.again("a counter was found to be another than it was followed to be")
		}
	}
	return nil
}
