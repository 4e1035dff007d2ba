package redis

// Sizes of the background verification: of each step, some counters that SCAN
// comes by are read for the first time since the pass, and as many that were
// read before are read again.
const (
	verifyPage  = 64
	verifyKeys  = 32
	sampleKeys  = 512
	sampleBytes = 4 << 10 // of a key that is remembered
)

// sample remembers counters as they were last read. The oldest makes room.
type sample struct {
	ring  []Counter
	where map[string]int
	put   int // where the next one goes
	got   int // where the next one to be verified is
}

func newSample() *sample { return &sample{where: map[string]int{}} }

// seen takes a counter that was read, if it is one of the sample.
func (s *sample) seen(c *Counter) {
	if i, known := s.where[c.Key]; known {
		s.ring[i] = *c
	}
}

// add takes a counter into the sample.
func (s *sample) add(c *Counter) {
	if _, known := s.where[c.Key]; known || c.Err != nil || len(c.Key) > sampleBytes {
		return
	}
	if len(s.ring) < sampleKeys {
		s.where[c.Key] = len(s.ring)
		s.ring = append(s.ring, *c)
		return
	}
	delete(s.where, s.ring[s.put].Key)
	s.ring[s.put], s.where[c.Key] = *c, s.put
	s.put = (s.put + 1) % sampleKeys
}

// pick returns the next keys to be verified.
func (s *sample) pick() (keys []string) {
	for range min(verifyKeys, len(s.ring)) {
		s.got %= len(s.ring)
		keys = append(keys, s.ring[s.got].Key)
		s.got++
	}
	return keys
}

// differs compares a counter with what it was.
func (s *sample) differs(is *Counter) *Difference {
	i, known := s.where[is.Key]
	if !known || is.Err != nil {
		return nil
	}
	was := &s.ring[i]
	same := was.Present == is.Present && was.Count == is.Count && was.NoExpiry == is.NoExpiry &&
		(was.Own == nil) == (is.Own == nil) && (was.Own == nil || *was.Own == *is.Own)
	if same {
		return nil
	}
	return &Difference{Was: *was, Is: *is}
}
