package ratelimiter

import (
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// stateUp is the state of a node that is well.
const stateUp = "Up"

// judgeNodes: who should be in the registry, and how they are there.
func (s *Subject) judgeNodes(j *kit.Judge, g *gathering) {
	if miss := g.nodes.miss; miss != nil {
		j.Unknown(nodeDown, "", miss.Source, miss.Message)
		return
	}
	for _, n := range g.nodes.value {
		if n.State != stateUp {
			j.Broken(protocol.Violation{
				Invariant: nodeDown, Entity: n.ID,
				Message: fmt.Sprintf("its state is %s", failure.Quote(n.State)),
			})
		}
	}
	for id, seen := range g.past.gone {
		j.Broken(protocol.Violation{Invariant: nodeDown, Entity: id, Message: s.goneMessage(id, g.now.Sub(seen), seen.IsZero())})
	}
	if len(g.nodes.value) == 0 && len(g.past.gone) == 0 {
		// Nobody knows of a node that should be there, and yet one answered.
		j.Unknown(nodeDown, "", sourceNodes, "no node is registered and none is expected: the registry may have been lost")
		return
	}
	j.Checked(nodeDown)
}

func (s *Subject) goneMessage(id string, since time.Duration, never bool) string {
	if never {
		return "it is expected (nodes.expected) and has not been registered since this subject was opened"
	}
	message := fmt.Sprintf("gone from the registry, last seen there %s ago", kit.Duration(since.Round(time.Second)))
	switch after := s.cfg.Nodes.ForgetAfter; {
	case slices.Contains(s.cfg.Nodes.Expected, id):
	case after > 0:
		message += fmt.Sprintf("; if it was taken out of service, it is forgotten after %s (nodes.forget_after)", after)
	default:
		message += "; if it was taken out of service, nodes.forget_after can have it forgotten"
	}
	return message
}

// judgeHealth: which registered nodes answer from here.
func (s *Subject) judgeHealth(j *kit.Judge, g *gathering) {
	if miss := g.nodes.miss; miss != nil {
		j.Unknown(nodeUnreachable, "", miss.Source, miss.Message)
		return
	}
	for _, n := range g.nodes.value {
		p, probed := g.health[n.ID]
		switch {
		case !probed:
			j.Unknown(nodeUnreachable, n.ID, sourceHealth, fmt.Sprintf("it was not asked: at most %d nodes are", maxProbes))
		case p.other != "":
			j.Unknown(nodeUnreachable, n.ID, sourceHealth, fmt.Sprintf("another node, %s, answers at its address", failure.Quote(p.other)))
		case p.err == nil:
		case failure.ClassOf(p.err) == failure.Invalid:
			j.Unknown(nodeUnreachable, n.ID, sourceHealth, "its registered address cannot be asked: "+p.err.Error())
		case !p.conclusive:
			j.Unknown(nodeUnreachable, n.ID, sourceHealth, "the observation's deadline came before its answer: "+p.err.Error())
		case !g.past.reached:
			j.Unknown(nodeUnreachable, n.ID, sourceHealth, "no node has ever answered from here, so its address may be private: "+p.err.Error())
		default:
			j.Broken(protocol.Violation{
				Invariant: nodeUnreachable, Entity: n.ID,
				Message: p.err.Error(),
			})
		}
	}
	for id := range g.past.gone {
		j.Unknown(nodeUnreachable, id, sourceNodes, "it is not in the registry, so there is no address to ask")
	}
	if len(g.nodes.value) == 0 && len(g.past.gone) == 0 {
		j.Unknown(nodeUnreachable, "", sourceNodes, "no node is registered, so there is none to ask")
		return
	}
	j.Checked(nodeUnreachable)
}
