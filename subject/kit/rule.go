package kit

import (
	"cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Rule is what a configuration may change of every invariant. Subjects embed
// it, or use it as it is.
type Rule struct {
	Severity protocol.Severity `json:"severity,omitempty" jsonschema:"how bad a violation is"`
	Grace    Duration          `json:"grace,omitempty" jsonschema:"how long it may be seen broken before a ticket fires"`
}

// RuleOf returns the Rule that an invariant's declaration amounts to.
func RuleOf(inv protocol.Invariant) Rule {
	return Rule{Severity: inv.Severity, Grace: Duration(inv.Grace)}
}

// ApplyRules returns a copy of the invariants with the rules of their names. A
// rule without a severity leaves the declared one.
func ApplyRules(invariants []protocol.Invariant, rules map[string]Rule) []protocol.Invariant {
	applied := make([]protocol.Invariant, len(invariants))
	for i, inv := range invariants {
		if rule, ok := rules[inv.Name]; ok {
			inv.Severity, inv.Grace = cmp.Or(rule.Severity, inv.Severity), rule.Grace.Std()
		}
		applied[i] = inv
	}
	return applied
}
