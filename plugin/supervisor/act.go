package supervisor

import (
	"context"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Act implements protocol.Subject. It waits for a process within ctx's deadline,
// and sends the action at most once. An ID that an earlier process was asked for
// is answered from memory: with what came of it then, if that is not known to
// have changed nothing.
func (s *Supervisor) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	op := fmt.Sprintf("act %.*q", protocol.MaxNameLen, action.Name)
	if action.DryRun || action.ID == "" { // there is nothing to do, or no name to remember it by
		g, err := s.acquire(ctx, op)
		if err != nil {
			return protocol.Outcome{}, err
		}
		outcome, err := g.subject.Act(ctx, action)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leave(g)
		return outcome, actDied(op, g, err)
	}
	g, known, err := s.admit(ctx, op, action)
	if err != nil {
		return protocol.Outcome{}, err
	}
	if g == nil {
		return cloned(known.outcome), known.err
	}
	outcome, err := g.subject.Act(ctx, action)
	err = actDied(op, g, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leave(g)
	s.memory.finish(action.ID, outcome, err)
	return outcome, err
}

// actDied is err, or what better explains it where the process was lost under
// the action. What is known of its effect stays.
func actDied(op string, g *generation, err error) error {
	if err == nil || protocol.EffectOf(err) != protocol.EffectUnknown || !g.lost() {
		return err
	}
	e := died(op, g, err)
	e.Effect, e.Retryable = protocol.EffectUnknown, false
	return e
}

// admit returns the process to send the action to, or else what is known of the
// action from an earlier one.
func (s *Supervisor) admit(ctx context.Context, op string, action protocol.Action) (*generation, *remembered, error) {
	mark := fingerprint(action)
	for {
		g, known, wait, err := s.tryAdmit(op, action.ID, mark)
		switch {
		case err != nil, g != nil:
			return g, nil, err
		case known != nil && ended(known.settled):
			return nil, known, nil
		case known != nil: // another call is still waiting for its answer
			select {
			case <-known.settled:
			case <-ctx.Done():
				return nil, nil, &protocol.Error{
					Code:    protocol.CodeOf(ctx.Err()),
					Message: op + ": an earlier call with this ID is still under way, in a process that was replaced",
					Effect:  protocol.EffectUnknown, Err: ctx.Err(),
				}
			}
		default:
			if err := s.wait(ctx, op, wait); err != nil {
				return nil, nil, err
			}
		}
	}
}

// tryAdmit is one attempt at that. With none of its results there is no process.
// To look into the memory and to send is one step, so that no two processes are
// sent the same.
func (s *Supervisor) tryAdmit(op, id string, action digest) (*generation, *remembered, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.inService(op)
	if s.state == Closed {
		return nil, nil, nil, err
	}
	if known, ok := s.memory.find(id); ok {
		if known.action != action {
			return nil, nil, nil, &protocol.Error{
				Code: protocol.InvalidArgument, Message: op, Effect: protocol.EffectNone,
				Fields: []protocol.FieldError{{Path: "id", Message: "was used for another action, or other parameters; use a new one"}},
			}
		}
		if known.generation != s.last.n || g == nil { // the process that knows it will not be back
			return nil, known, nil, nil
		}
	}
	if g == nil {
		return nil, nil, s.changed, err
	}
	if err := s.memory.begin(op, id, action, g.n); err != nil {
		return nil, nil, nil, err
	}
	g.calls++
	return g, nil, nil, nil
}
