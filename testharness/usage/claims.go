package usage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"time"
)

// Claims are what one run has made and has to take away again. Note each thing
// when it is there, and ask what is [Claims.Left] when all is closed. The zero
// Claims is empty and ready. It is safe for concurrent use.
type Claims struct {
	mu        sync.Mutex
	table     children // of the processes of the machine, read at that time
	read      time.Time
	processes map[process]string
	dirs      map[string]string
	addresses map[string]string
	order     []thing
}

// process is one process, not only a number of one.
type process struct {
	pid   int
	began uint64
}

// thing tells whether what was noted is still there, and what it is.
type thing struct {
	what  string
	there func(context.Context) bool
}

// Process notes a process and those that it has started so far. Of one that is
// not there any more, and where there is no /proc, nothing is noted.
func (c *Claims) Process(name string, pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.read) > fresh {
		c.table, c.read = processes(), time.Now()
	}
	pids := append([]int{pid}, c.table.descendants(pid)...)
	if c.processes == nil {
		c.processes = make(map[process]string)
	}
	for i, id := range pids {
		start, there := began(id)
		key := process{id, start}
		if _, noted := c.processes[key]; noted || !there {
			continue
		}
		what := fmt.Sprintf("process %d of %s", id, name)
		if i > 0 {
			what = fmt.Sprintf("process %d, which %s started", id, name)
		}
		c.processes[key] = what
		c.order = append(c.order, thing{what, func(context.Context) bool {
			now, there := began(id)
			return there && now == start
		}})
	}
}

// Path notes a file, a directory or a socket in the file system.
func (c *Claims) Path(name, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, noted := c.dirs[path]; noted {
		return
	}
	if c.dirs == nil {
		c.dirs = make(map[string]string)
	}
	c.dirs[path] = name
	c.order = append(c.order, thing{fmt.Sprintf("%s of %s", path, name), func(context.Context) bool {
		_, err := os.Lstat(path)
		return !errors.Is(err, fs.ErrNotExist)
	}})
}

// Address notes a TCP address that something of the run listens on.
func (c *Claims) Address(name, address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, noted := c.addresses[address]; noted {
		return
	}
	if c.addresses == nil {
		c.addresses = make(map[string]string)
	}
	c.addresses[address] = name
	c.order = append(c.order, thing{fmt.Sprintf("the listener at %s of %s", address, name), func(ctx context.Context) bool {
		// The last look is taken when ctx has ended.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialBound)
		defer cancel()
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			// A listener whose queue is full lets one wait.
			return ctx.Err() != nil
		}
		_ = conn.Close() // it was opened to see whether it can be
		return true
	}})
}

const (
	// again is the time between two looks for what is left.
	again = 20 * time.Millisecond
	// fresh is how long the table of processes is used for: whoever notes the
	// parts of a system notes them one after the other.
	fresh = 100 * time.Millisecond
	// dialBound is how long one look at an address may take.
	dialBound = 250 * time.Millisecond
)

// Left returns what is still there of what was noted, in the order in which it
// was, or nothing as soon as all of it is gone. What is there it waits for until
// ctx ends, for a process that was killed takes a moment to be gone.
//
// An address that somebody else listens on by then is taken for the run's: the
// system gives a port anew only when it has gone through all others.
func (c *Claims) Left(ctx context.Context) []string {
	c.mu.Lock()
	waiting := c.order
	c.mu.Unlock()
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		var there []thing
		for _, t := range waiting {
			if t.there(ctx) {
				there = append(there, t)
			}
		}
		waiting = there
		if len(waiting) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			left := make([]string, 0, len(waiting))
			for _, t := range waiting {
				left = append(left, t.what)
			}
			return left
		case <-tick.C:
		}
	}
}
