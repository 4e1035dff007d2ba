package redisfault

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"

// Kinds are all kinds of fault of this package, in an order that reads well. The
// stack that they are made for must be a [Target].
func Kinds() []stack.Kind {
	return []stack.Kind{
		readOnly(),
		outOfMemory(),
		loading(),
		wrongPassword(),
		noPermission(),
		clientsKilled(),
		tlsExpired(),
		tlsWrongName(),
		tlsWrongCA(),
		failover(),
		slotMoved(),
		flush(),
		wrongType(),
		persistedCounter(),
		injectedMembers(),
		registryVanished(),
		clockSkew(),
	}
}
