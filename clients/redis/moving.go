package redis

import "time"

// moving are the counters whose windows move on: with no request they hold less
// as time goes by, which is no change that Redis would tell. One window after it
// was read, each is read again. It is bounded; when what does not fit would have
// had to be read, a full pass does.
type moving struct {
	most  int
	due   map[string]int64   // by key, in s of this machine's clock
	at    map[int64][]string // by the second; a key that was read since is moved when its turn comes
	next  int64              // the earliest second that was not looked at
	bytes int

	without time.Time // when the first that did not fit would be due; zero without one
}

func newMoving(most int) *moving {
	return &moving{most: most, due: map[string]int64{}, at: map[int64][]string{}}
}

// seen takes a counter that was read now.
func (m *moving) seen(c *Counter, now time.Time) {
	if !c.Present || c.InForce == 0 {
		return // it can hold no less; if it still waits for its turn, that does no harm
	}
	end := now.Add(c.Window)
	second := end.Unix() + 1
	if _, known := m.due[c.Key]; known {
		m.due[c.Key] = second
		return
	}
	if len(m.due) >= m.most || m.bytes+len(c.Key) > changedBytes {
		if m.without.IsZero() || end.Before(m.without) {
			m.without = end
		}
		return
	}
	m.due[c.Key] = second
	m.bytes += len(c.Key)
	m.put(c.Key, second)
}

func (m *moving) put(key string, second int64) {
	if len(m.at) == 0 || second < m.next {
		m.next = second
	}
	m.at[second] = append(m.at[second], key)
}

// drain takes about n keys out whose time has come.
func (m *moving) drain(n int, now time.Time) (keys []string) {
	for len(m.at) > 0 && m.next <= now.Unix() && len(keys) < n {
		waiting := m.at[m.next]
		if len(waiting) == 0 {
			delete(m.at, m.next)
			m.skip(now)
			continue
		}
		last := len(waiting) - 1
		key := waiting[last]
		m.at[m.next] = waiting[:last]
		if second := m.due[key]; second > m.next {
			m.at[second] = append(m.at[second], key)
			continue
		}
		delete(m.due, key)
		m.bytes -= len(key)
		keys = append(keys, key)
	}
	return keys
}

// skip goes to the next second at which there is something. Seconds are few
// where steps are, and keys few where seconds are many.
func (m *moving) skip(now time.Time) {
	if now.Unix()-m.next < int64(len(m.at)) {
		m.next++
		return
	}
	first := int64(0)
	for second := range m.at {
		if first == 0 || second < first {
			first = second
		}
	}
	m.next = first
}

// over reports whether windows have moved that nothing is remembered of.
func (m *moving) over(now time.Time) bool { return !m.without.IsZero() && now.After(m.without) }

// waiting is how many keys are due.
func (m *moving) waiting(now time.Time) (n int) {
	for second, keys := range m.at {
		if second <= now.Unix() {
			n += len(keys)
		}
	}
	return n
}
