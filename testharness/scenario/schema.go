package scenario

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schemaJSON []byte

// Schema returns the JSON Schema (draft 2020-12) of a scenario's file, for
// editors and for other tools. Parse is stricter: it also knows the system.
func Schema() []byte { return slices.Clone(schemaJSON) }
