package redis

import (
	"strings"
	"sync"
)

// changed is the set of keys that Redis said were changed and that are still to
// be read. It is bounded; what does not fit loses all of it, and a full pass must
// find out. The limiter changes a counter and its sequence together, so the two
// names take one place.
//
// A step reads what was told until it began. What is told after that waits for
// the next: under load there is always something.
type changed struct {
	keys keyspace
	most int

	mu    sync.Mutex
	due   map[string]names // told before the present step began
	fresh map[string]names // told since
	bytes int
	lost  string // why these are not all that changed; "" while they are
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
	return &changed{keys: keys, most: most, due: map[string]names{}, fresh: map[string]names{}}
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
	had, known := c.fresh[base]
	if !known {
		c.bytes += len(base)
		if len(c.due)+len(c.fresh) >= c.most || c.bytes > changedBytes {
			c.forget("more counters changed than are remembered")
			return
		}
	}
	c.fresh[base] = had | as
}

// turn makes what was told until now due.
func (c *changed) turn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 {
		c.due, c.fresh = c.fresh, c.due
		return
	}
	for base, as := range c.fresh {
		had, known := c.due[base]
		if known {
			c.bytes -= len(base)
		}
		c.due[base] = had | as
	}
	clear(c.fresh)
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
	c.due, c.fresh, c.bytes, c.lost = map[string]names{}, map[string]names{}, 0, why
}

// reset begins anew.
func (c *changed) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget("")
}

// state is how many are due, and why not all that changed is known.
func (c *changed) state() (due int, lost string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.due), c.lost
}

// has reports whether a key waits to be read.
func (c *changed) has(key string) bool {
	base, as := baseOf(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	return (c.due[base]|c.fresh[base])&as != 0
}

// drain takes about n of the keys that are due out.
func (c *changed) drain(n int) (keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for base, as := range c.due {
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
		delete(c.due, base)
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
