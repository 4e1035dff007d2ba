package kit

import (
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A ledger remembers which actions were begun, and what came of them. It is
// safe for concurrent use.
type ledger struct {
	mu     sync.Mutex
	known  map[string]*list.Element // of *execution, by action ID
	recent *list.List               // of *execution, oldest first
	bytes  int                      // of what the outcomes hold
}

// The bounds of a ledger: how many actions, and how many bytes their outcomes
// may hold; an outcome names entities, and those may be a megabyte each.
const (
	maxRemembered   = 4096
	maxOutcomeBytes = 64 << 20
)

// request is an action as it is told from others. Its parameters are kept as a
// digest of their canonical form: they may be long.
type request struct {
	id, name string
	params   [sha256.Size]byte
}

// execution is an action that was begun.
type execution struct {
	request request
	done    chan struct{}

	// Under the ledger's lock, and of use when done is closed.
	outcome   protocol.Outcome
	err       error
	abandoned bool // the caller gave up, and nothing was changed
	bytes     int
}

func newLedger() *ledger {
	return &ledger{known: make(map[string]*list.Element), recent: list.New()}
}

// begin finds the execution of a request's ID, or starts one unless ctx has
// ended. Even for a caller that gave up, an ID that is known is not "nothing
// was changed".
func (l *ledger) begin(ctx context.Context, r request) (run *execution, first bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if element, ok := l.known[r.id]; ok {
		run = element.Value.(*execution)
		if run.request != r {
			return nil, false, invalid(r.name, []protocol.FieldError{{
				Path: "id", Message: "was used for another action, or other parameters; use a new one",
			}})
		}
		return run, false, nil
	}
	if ctx.Err() != nil {
		return nil, false, givenUp(ctx, r.name)
	}
	if len(l.known) >= maxRemembered && !l.forgetOldest() {
		return nil, false, &protocol.Error{
			Code: protocol.ResourceExhausted, Retryable: true, Effect: protocol.EffectNone,
			Message: fmt.Sprintf("%s: %d actions are under way; try again when some are done", r.name, len(l.known)),
		}
	}
	run = &execution{request: r, done: make(chan struct{})}
	l.known[r.id] = l.recent.PushBack(run)
	return run, true, nil
}

// forgetOldest makes room; an action that is under way is not forgotten.
func (l *ledger) forgetOldest() bool {
	for element := l.recent.Front(); element != nil; element = element.Next() {
		run := element.Value.(*execution)
		if !run.finished() {
			continue
		}
		l.forget(run)
		return true
	}
	return false
}

func (l *ledger) forget(run *execution) {
	l.bytes -= run.bytes
	l.recent.Remove(l.known[run.request.id])
	delete(l.known, run.request.id)
}

// finish publishes what came of an execution. One that changed nothing is
// forgotten, so that the same ID may be tried again.
func (l *ledger) finish(run *execution, outcome protocol.Outcome, err error, gaveUp bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	run.outcome, run.err = outcome, err
	if err != nil && protocol.EffectOf(err) == protocol.EffectNone {
		run.abandoned = gaveUp
		l.forget(run)
	} else {
		run.bytes = size(outcome)
		l.bytes += run.bytes
	}
	close(run.done)
	l.shorten()
}

// shorten takes the changes from the oldest outcomes while all of them hold too
// much. That the actions were done stays known.
func (l *ledger) shorten() {
	for element := l.recent.Front(); element != nil && l.bytes > maxOutcomeBytes; element = element.Next() {
		run := element.Value.(*execution)
		if run.bytes == 0 || !run.finished() {
			continue
		}
		l.bytes -= run.bytes
		run.bytes = 0
		run.outcome.Changes = nil
		run.outcome.Message = bounded(run.outcome.Message) + " (what it changed is no longer remembered)"
	}
}

// result returns what came of an execution that is done, and whether it was
// abandoned.
func (l *ledger) result(run *execution) (outcome protocol.Outcome, err error, abandoned bool) { //nolint:revive // the error is part of what is remembered
	l.mu.Lock()
	defer l.mu.Unlock()
	return copied(run.outcome), run.err, run.abandoned
}

func (e *execution) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// wait waits for an execution that another call carries out.
func (e *execution) wait(ctx context.Context) error {
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
	}
	if e.finished() {
		return nil
	}
	err := ctx.Err()
	return &protocol.Error{
		Code: protocol.CodeOf(err), Effect: protocol.EffectUnknown, Err: err,
		Message: e.request.name + ": an earlier call with this ID is still under way: " + context.Cause(ctx).Error(),
	}
}

// copied keeps callers from changing what is remembered.
func copied(o protocol.Outcome) protocol.Outcome {
	o.Changes = slices.Clone(o.Changes)
	for i := range o.Changes {
		c := &o.Changes[i]
		c.Before, c.After = slices.Clone(c.Before), slices.Clone(c.After)
	}
	return o
}

// size is about how many bytes an outcome holds.
func size(o protocol.Outcome) int {
	n := len(o.Message)
	for _, c := range o.Changes {
		n += len(c.Entity) + len(c.Field) + len(c.Before) + len(c.After) + entryBytes
	}
	return n
}
