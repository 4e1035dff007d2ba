package redis

import (
	"strings"
	"sync"
)

// changed is the set of keys that Redis said were changed and that are still to
// be read. It is bounded; what does not fit loses all of it, and a full pass must
// find out. The limiter changes a counter and its sequence together, so the two
// names take one place.
type changed struct {
	keys keyspace
	most int

	mu    sync.Mutex
	set   map[string]names
	bytes int
	lost  string // why the set is not all that changed; "" while it is
}

// names of a key that may be counters.
type names uint8

const (
	itself   names = 1 << iota
	sequence       // with ":seq" after it
)

// changedBytes bounds the keys of a set together; half of them may be as large
// as Redis allows.
const changedBytes = 8 << 20

func newChanged(keys keyspace, most int) *changed {
	return &changed{keys: keys, most: most, set: map[string]names{}}
}

// note takes the name of a Redis key that was changed. A limit changes how the
// counter that it belongs to is counted.
func (c *changed) note(name string) {
	key, ok := c.keys.user(name)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(key)
	if of, ok := limitOf(key); ok {
		c.add(of)
	}
}

func (c *changed) add(key string) {
	if c.lost != "" {
		return
	}
	base, as := baseOf(key)
	had, known := c.set[base]
	if !known {
		c.bytes += len(base)
		if len(c.set) >= c.most || c.bytes > changedBytes {
			c.forget("more counters changed than are remembered")
			return
		}
	}
	c.set[base] = had | as
}

func baseOf(key string) (base string, as names) {
	if base, ok := strings.CutSuffix(key, seqSuffix); ok {
		return base, sequence
	}
	return key, itself
}

// lose gives up on the set.
func (c *changed) lose(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost == "" {
		c.forget(why)
	}
}

func (c *changed) forget(why string) {
	c.set, c.bytes, c.lost = map[string]names{}, 0, why
}

// reset begins anew.
func (c *changed) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget("")
}

func (c *changed) state() (waiting int, lost string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.set), c.lost
}

// has reports whether a key waits to be read.
func (c *changed) has(key string) bool {
	base, as := baseOf(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set[base]&as != 0
}

// drain takes about n keys out.
func (c *changed) drain(n int) (keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for base, as := range c.set {
		if len(keys) >= n {
			break
		}
		if as&itself != 0 {
			keys = append(keys, base)
		}
		if as&sequence != 0 {
			keys = append(keys, base+seqSuffix)
		}
		c.bytes -= len(base)
		delete(c.set, base)
	}
	return keys
}

// putBack takes keys that could not be read.
func (c *changed) putBack(keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		c.add(key)
	}
}
