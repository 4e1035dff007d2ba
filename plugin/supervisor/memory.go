package supervisor

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The bounds of the memory: how many actions, and about how many bytes what came
// of one may hold. What is larger is kept without what was changed.
const (
	maxRemembered  = 2048
	maxResultBytes = 4 << 10
)

// A memory remembers which actions were sent, to which process, and what came of
// them. It is used under the supervisor's lock.
type memory struct {
	known  map[digest]*list.Element // of *remembered, by ID: as a digest, since it may have any length
	recent *list.List               // of *remembered, oldest first
}

type digest [sha256.Size]byte

// remembered is an action that was sent.
type remembered struct {
	id         digest
	action     digest // its fingerprint
	generation uint64
	calls      int           // in flight
	settled    chan struct{} // closed when there are none

	// What came of it, once that is known.
	answered bool
	outcome  protocol.Outcome
	err      error
}

func newMemory() *memory {
	return &memory{known: make(map[digest]*list.Element), recent: list.New()}
}

// fingerprint tells actions apart: by name and parameters, however these are
// written.
func fingerprint(action protocol.Action) digest {
	params := []byte(action.Params)
	if len(bytes.TrimSpace(params)) == 0 {
		params = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(params))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) == nil && !dec.More() {
		if canonical, err := json.Marshal(v); err == nil {
			params = canonical
		}
	}
	h := sha256.New()
	name := sha256.Sum256([]byte(action.Name))
	h.Write(name[:])
	h.Write(params)
	return digest(h.Sum(nil))
}

// find returns what is remembered of an ID.
func (m *memory) find(id string) (*remembered, bool) {
	element, ok := m.known[sha256.Sum256([]byte(id))]
	if !ok {
		return nil, false
	}
	return element.Value.(*remembered), true
}

// begin remembers that an action is sent to a process.
func (m *memory) begin(op, id string, action digest, generation uint64) error {
	if r, ok := m.find(id); ok { // and it is the same process
		if r.calls == 0 {
			r.settled = make(chan struct{})
		}
		r.calls++
		return nil
	}
	if len(m.known) >= maxRemembered && !m.forgetOldest() {
		return &protocol.Error{
			Code: protocol.ResourceExhausted, Retryable: true, Effect: protocol.EffectNone,
			Message: fmt.Sprintf("%s: %d actions are under way; try again when some are done", op, len(m.known)),
		}
	}
	r := &remembered{id: sha256.Sum256([]byte(id)), action: action, generation: generation, calls: 1, settled: make(chan struct{})}
	m.known[r.id] = m.recent.PushBack(r)
	return nil
}

// finish remembers what came of an action. That it was or may have been done
// stays, whatever a later call with its ID says; that it was done is better to
// know than that it may have been. One that has changed nothing is forgotten.
func (m *memory) finish(id string, result protocol.Outcome, err error) {
	r, ok := m.find(id)
	if !ok {
		return
	}
	switch effect := protocol.EffectOf(err); {
	case effect == protocol.EffectNone:
	case !r.answered, effect == protocol.EffectApplied && protocol.EffectOf(r.err) == protocol.EffectUnknown:
		r.answered, r.outcome, r.err = true, abridged(result), abridgedError(err)
	}
	if r.calls--; r.calls > 0 {
		return
	}
	if !r.answered {
		m.forget(r)
	}
	close(r.settled)
}

// forgetOldest makes room; an action that is under way is not forgotten.
func (m *memory) forgetOldest() bool {
	for element := m.recent.Front(); element != nil; element = element.Next() {
		if r := element.Value.(*remembered); r.calls == 0 {
			m.forget(r)
			return true
		}
	}
	return false
}

func (m *memory) forget(r *remembered) {
	m.recent.Remove(m.known[r.id])
	delete(m.known, r.id)
}
