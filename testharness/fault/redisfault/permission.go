package redisfault

import (
	"context"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// permissionParams say who loses what.
type permissionParams struct {
	whose

	// Commands are forbidden. Keys are patterns of those that are left, nil for
	// all that there were: Redis cannot forbid single ones.
	Commands []string `json:"commands"`
	Keys     []string `json:"keys"`
}

// reading is what it takes to read counters: who may do none of it knows nothing
// about them.
var reading = [...]string{"scan", "zcard", "zcount", "pttl"}

// noPermission takes commands or keys away from a user, the subject's if not
// said otherwise.
func noPermission() stack.Kind {
	return kind("redis_no_permission",
		"Users of Redis lose the permission for some commands or keys, by default the subject that for reading counters; healing gives it back.",
		stack.OnNothing, `{"type":"object","properties":{`+
			`"of":{"enum":["operator","node","all"],"default":"operator","description":"whose: the subject's, the nodes', or everybody's"},`+
			`"commands":{"type":"array","minItems":1,"items":{"type":"string","pattern":"^[a-z]+(\\|[a-z]+)?$"},"description":"names of commands in lower case, such as \"zcount\" and \"client|id\"; without keys, those for reading counters if left out"},`+
			`"keys":{"type":"array","minItems":1,"items":{"type":"string","pattern":"^[!-~]+$"},"description":"patterns of names in Redis, such as \"ratelimiter:*\": no others may be used any more"}`+
			`},"additionalProperties":false}`,
		func(t Target, _ string, p permissionParams) (fault.Fault, error) {
			if p.Of == "" {
				p.Of = redisset.SubjectUser
			}
			if len(p.Commands)+len(p.Keys) == 0 {
				p.Commands = reading[:]
			}
			rules := p.rules()
			set := t.Redis()
			return made(hurt{
				name:   "have " + p.text() + " in redis be " + strings.Join(rules, " "),
				impact: p.impact(t),
				inject: func(ctx context.Context) error {
					return eachUser(set, p.whose, func(n *redisset.Node, u redisset.User) error {
						return n.Admin().ACLSetUser(ctx, u.Name, rules...).Err()
					})
				},
				heal: func(ctx context.Context) error {
					return eachUser(set, p.whose, func(n *redisset.Node, u redisset.User) error { return restoreUser(ctx, n, u) })
				},
			}), nil
		})
}

// rules are what ACL SETUSER is told.
func (p permissionParams) rules() []string {
	var rules []string
	for _, command := range p.Commands {
		rules = append(rules, "-"+command)
	}
	if len(p.Keys) > 0 {
		rules = append(rules, "resetkeys")
	}
	for _, pattern := range p.Keys {
		rules = append(rules, "~"+pattern)
	}
	return rules
}

// countersLost tells whether no counter is among the keys that are left.
func (p permissionParams) countersLost() bool {
	for _, pattern := range p.Keys {
		begins := pattern
		if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
			begins = pattern[:i]
		}
		if strings.HasPrefix(begins, counterPrefix) || strings.HasPrefix(counterPrefix, begins) {
			return false
		}
	}
	return len(p.Keys) > 0
}

// impact: what the subject may not ask it does not know. Without scan, or any of
// the keys, it knows of no counter; without ping nothing of Redis. What a node
// may not do fails there, and may or may not be seen.
func (p permissionParams) impact(t Target) fault.Impact {
	var impact fault.Impact
	if p.of(redisset.SubjectUser) {
		if slices.Contains(p.Commands, "scan") || p.countersLost() {
			impact.Blinds = append(impact.Blinds, fault.Mark{Invariant: staleCounter})
		}
		if slices.Contains(p.Commands, "ping") {
			impact.Blinds = append(impact.Blinds, fault.Mark{Invariant: redisDisconnected})
		}
	}
	if p.of(redisset.NodeUser) {
		impact.May = append(nodesDown(t), fault.Mark{Invariant: highLatency}, fault.Mark{Invariant: counterDrift})
	}
	return impact
}
