package redisfault

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// whose says which users a fault is done to.
type whose struct {
	Of string `json:"of"`
}

// whoseProperty is the parameter's schema.
const whoseProperty = `"of":{"enum":["operator","node","all"],"default":"all","description":"whose: the subject's, the nodes', or everybody's"}`

func (w whose) users() []string {
	switch w.Of {
	case redisset.SubjectUser, redisset.NodeUser:
		return []string{w.Of}
	default:
		return []string{redisset.SubjectUser, redisset.NodeUser}
	}
}

func (w whose) of(user string) bool {
	return slices.Contains(w.users(), user)
}

func (w whose) text() string {
	if w.Of == "" {
		return "all"
	}
	return w.Of
}

// refused is the impact on who is not let in. A refusal of the subject says
// nothing about Redis, so that it is unknown; nodes that are refused can tell
// nothing of the registry, and vanish from it.
func (w whose) refused(t Target) fault.Impact {
	var impact fault.Impact
	if w.of(redisset.SubjectUser) {
		impact.Blinds = append(impact.Blinds, fault.Mark{Invariant: redisDisconnected})
	}
	if w.of(redisset.NodeUser) {
		impact.Breaks = append(impact.Breaks, fault.Mark{Invariant: nodeDown})
		impact.May = append(nodesDown(t), fault.Mark{Invariant: highLatency})
	}
	return impact
}

// wrongPassword changes passwords and cuts the connections that were made with
// the old ones.
func wrongPassword() stack.Kind {
	return kind("redis_wrong_password",
		"The passwords of users of Redis are changed, and their connections cut; healing changes them back.",
		stack.OnNothing, `{"type":"object","properties":{`+whoseProperty+`},"additionalProperties":false}`,
		func(t Target, _ string, w whose) (fault.Fault, error) {
			set := t.Redis()
			return made(hurt{
				name:   "change the password in redis of " + w.text(),
				impact: w.refused(t),
				inject: func(ctx context.Context) error {
					return eachUser(set, w, func(n *redisset.Node, u redisset.User) error {
						if err := n.Admin().ACLSetUser(ctx, u.Name, "resetpass", ">"+rand.Text()).Err(); err != nil {
							return err
						}
						return killClients(ctx, n, u.Name)
					})
				},
				heal: func(ctx context.Context) error {
					return eachUser(set, w, func(n *redisset.Node, u redisset.User) error { return restoreUser(ctx, n, u) })
				},
			}), nil
		})
}

// eachUser does something to users on every server, as each keeps its own list.
func eachUser(set *redisset.Set, w whose, do func(*redisset.Node, redisset.User) error) error {
	return each(set.Nodes(), func(n *redisset.Node) error {
		for _, name := range w.users() {
			if err := do(n, set.User(name)); err != nil {
				return err
			}
		}
		return nil
	})
}
