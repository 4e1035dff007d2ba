package kit

import (
	"fmt"
	"maps"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Parts are the parts that on names: one name, or several with commas between
// them, in that order.
func Parts(s stack.Stack, on string) ([]stack.Part, error) {
	there := s.Parts()
	byName := make(map[string]stack.Part, len(there))
	names := make([]string, len(there))
	for i, p := range there {
		names[i], byName[p.Name()] = p.Name(), p
	}
	var found []stack.Part
	for name := range strings.SplitSeq(on, ",") {
		name = strings.TrimSpace(name)
		p, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("on: there is no part %s here, or it is named twice: want of %s", failure.Quote(name), strings.Join(names, ", "))
		}
		delete(byName, name)
		found = append(found, p)
	}
	return found, nil
}

// Links are the links that on matches, by [network.Matches]; those that carry
// HTTP only, where http is set. Of several patterns each has to match one.
func Links(s stack.Stack, on string, http bool) ([]*network.Link, error) {
	var found []*network.Link
	var names []string
	missing := make(map[string]bool)
	for pattern := range strings.SplitSeq(on, ",") {
		missing[pattern] = true
	}
	for _, l := range s.Links() {
		if http && !l.HTTP() {
			continue
		}
		names = append(names, l.Name())
		if network.Matches(on, l.Name()) {
			found = append(found, l)
		}
		maps.DeleteFunc(missing, func(pattern string, _ bool) bool { return network.Matches(pattern, l.Name()) })
	}
	for pattern := range strings.SplitSeq(on, ",") {
		if missing[pattern] {
			what := "link"
			if http {
				what = "link that carries HTTP"
			}
			return nil, fmt.Errorf("on: there is no %s %s here: want of %s", what, failure.Quote(strings.TrimSpace(pattern)), strings.Join(names, ", "))
		}
	}
	return found, nil
}
