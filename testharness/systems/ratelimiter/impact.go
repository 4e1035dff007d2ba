package ratelimiter

import (
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// Impact implements [stack.Stack]. It goes by what the fault does to what is
// said on a connection (see [harm]), or to a process, and by who listens there.
// Of a part that is not the stack's own, such as the plugin, it is nothing: who
// cannot look says so, and calls nothing broken.
func (s *Stack) Impact(kind, on string, with json.RawMessage) fault.Impact {
	impact, _ := s.decide(kind, on, with)
	return impact
}

// decide tells too whether the kind is one that was thought of for what it is
// done to.
func (s *Stack) decide(kind, on string, with json.RawMessage) (impact fault.Impact, decided bool) {
	if processKinds[kind] {
		return s.processesImpact(kind, on, with), true
	}
	if lie, ok := answerKinds[kind]; ok {
		return s.answerImpact(lie, on, with), true
	}
	if _, ok := queryKinds[kind]; ok {
		return s.queryImpact(kind, on, with), true
	}
	h, ok := harmOf(kind, with)
	if !ok {
		return fault.Impact{}, false
	}
	return s.linkImpact(h, on), true
}

// matched are the links that a target stands for.
func (s *Stack) matched(on string) []*network.Link {
	var links []*network.Link
	for _, l := range s.net.Links() {
		if network.Matches(on, l.Name()) {
			links = append(links, l)
		}
	}
	return links
}
