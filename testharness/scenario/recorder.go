package scenario

import (
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// The bounds of a record. A run of minutes stays far below them; they are for
// runs of hours.
const (
	// maxStateBytes is how many bytes of states are kept: the oldest go first.
	maxStateBytes = 64 << 20
	// maxHostEvents is how many events of a host are kept.
	maxHostEvents = 100_000
)

// A recorder writes down what happens, in order, and tells who waits for it. It
// is safe for concurrent use.
type recorder struct {
	progress func(record.Event)

	mu         sync.Mutex
	events     []record.Event
	changed    chan struct{} // closed and replaced with every event
	states     int           // bytes of the states that are kept
	oldest     int           // the first event whose state may be there
	hostEvents int
	left       []string // what the run has left behind
}

func newRecorder(progress func(record.Event)) *recorder {
	if progress == nil {
		progress = func(record.Event) {}
	}
	return &recorder{progress: progress, changed: make(chan struct{})}
}

// add writes an event down and returns when it was.
func (r *recorder) add(e record.Event) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Host != nil {
		if r.hostEvents++; r.hostEvents > maxHostEvents {
			return time.Now()
		}
	}
	e.At = time.Now()
	r.events = append(r.events, e)
	if e.Observation != nil {
		r.states += len(e.Observation.Observation.State)
		r.forget()
	}
	close(r.changed)
	r.changed = make(chan struct{})
	r.progress(e)
	return e.At
}

// forget leaves out the oldest states. Who reads an event has a pointer to its
// observation, so that one is replaced and not changed.
func (r *recorder) forget() {
	for ; r.states > maxStateBytes && r.oldest < len(r.events); r.oldest++ {
		o := r.events[r.oldest].Observation
		if o == nil {
			continue
		}
		r.states -= len(o.Observation.State)
		without := *o
		without.Observation.State = nil
		r.events[r.oldest].Observation = &without
	}
}

// since returns the events from the n-th on, and a channel that is closed when
// there are more.
func (r *recorder) since(n int) ([]record.Event, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events[n:len(r.events):len(r.events)], r.changed
}

// len is how many events there are.
func (r *recorder) len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.events)
}

// all returns the events so far.
func (r *recorder) all() []record.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]record.Event(nil), r.events...)
}

// leave notes what the run has left behind.
func (r *recorder) leave(left []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = left
}

func (r *recorder) leftovers() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.left
}
