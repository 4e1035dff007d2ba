package subjecttest

import (
	"encoding/json"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shortestSecret is how long a value must be to be looked for: a shorter one is
// found by chance.
const shortestSecret = 8

// secretsIn returns the values of the writeOnly fields of configurations.
func secretsIn(schema *jsonschema.Schema, configs ...json.RawMessage) []string {
	var found []string
	for _, config := range configs {
		doc, err := parse(config)
		if err != nil {
			continue
		}
		leaves(schema, nil, 0, func(s *jsonschema.Schema, at []token) {
			if value, ok := lookUp(doc, at); ok && s.WriteOnly {
				if text, isText := value.(string); isText && len(text) >= shortestSecret {
					found = append(found, text)
				}
			}
		})
	}
	return found
}
