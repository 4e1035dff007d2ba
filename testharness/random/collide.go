package random

import (
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// collide tells whether two faults would be in each other's way: done to the same
// thing, or one to a process and the other to what that process holds, which
// could not be healed while it is gone. What such a fault is done to is in its
// parameters, so it is kept apart from every process.
func (p *plan) collide(a, b stack.Spec) bool {
	kindA, kindB := p.kinds[a.Kind], p.kinds[b.Kind]
	switch onA, onB := kindA.On, kindB.On; {
	case isLink(onA) != isLink(onB):
		return false // a server may be away at both ends of its cable
	case isLink(onA):
		return sameLink(a.On, b.On)
	case onA == stack.OnPart && onB == stack.OnPart:
		return a.On == b.On || slices.Contains(kindA.Needs, b.On) || slices.Contains(kindB.Needs, a.On)
	default:
		return true
	}
}

func isLink(t stack.Target) bool { return t == stack.OnLink || t == stack.OnHTTPLink }

// sameLink tells whether there may be a link that both names stand for.
func sameLink(a, b string) bool {
	fromA, toA, _ := strings.Cut(a, "->")
	fromB, toB, _ := strings.Cut(b, "->")
	return sameEnd(fromA, fromB) && sameEnd(toA, toB)
}

// sameEnd tells whether two patterns, in which "*" at the end stands for
// anything, may name the same end.
func sameEnd(a, b string) bool {
	prefixA, anyA := strings.CutSuffix(a, "*")
	prefixB, anyB := strings.CutSuffix(b, "*")
	switch {
	case anyA && anyB:
		return strings.HasPrefix(prefixA, prefixB) || strings.HasPrefix(prefixB, prefixA)
	case anyA:
		return strings.HasPrefix(b, prefixA)
	case anyB:
		return strings.HasPrefix(a, prefixB)
	default:
		return a == b
	}
}
