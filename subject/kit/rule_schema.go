package kit

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// RuleRefinements say of each invariant's [Rule], found in a configuration at
// path + "." + its name, which severities there are and what the declaration
// has for the grace period.
func RuleRefinements(path string, invariants []protocol.Invariant) []Refinement {
	refinements := make([]Refinement, 0, 2*len(invariants))
	for _, inv := range invariants {
		grace, _ := json.Marshal(Duration(inv.Grace)) // text always marshals
		refinements = append(refinements,
			Refinement{Path: path + "." + inv.Name + ".severity", Refine: func(s *jsonschema.Schema) {
				s.Enum = []any{string(protocol.Critical), string(protocol.Warning), string(protocol.Info)}
			}},
			Refinement{Path: path + "." + inv.Name + ".grace", Refine: func(s *jsonschema.Schema) { s.Default = grace }},
		)
	}
	return refinements
}
