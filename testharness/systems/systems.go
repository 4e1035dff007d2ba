// Package systems is the list of the systems that scenarios can be played on.
package systems

import (
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/tikv"
)

// All returns the systems, made of the programs that lie beside this one or in
// PATH.
func All() []stack.System {
	return []stack.System{
		ratelimiter.System(ratelimiter.Options{}),
		tikv.System(tikv.Options{}),
	}
}

// Find returns the system of that name. The error says which ones there are.
func Find(name string) (stack.System, error) {
	var names []string
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return stack.System{}, fmt.Errorf("there is no system %.64q, want one of %s", name, strings.Join(names, ", "))
}
