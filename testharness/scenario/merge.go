package scenario

import (
	"encoding/json"
	"fmt"
)

// mergePatch applies a JSON merge patch (RFC 7396) to a document.
func mergePatch(doc, patch json.RawMessage) (json.RawMessage, error) {
	if len(patch) == 0 {
		return doc, nil
	}
	target, err := decodeJSON(doc)
	if err != nil {
		return nil, fmt.Errorf("merge the configuration: %w", err)
	}
	change, err := decodeJSON(patch)
	if err != nil {
		return nil, fmt.Errorf("merge the configuration: the scenario's part: %w", err)
	}
	return json.Marshal(merge(target, change))
}

func merge(target, patch any) any {
	change, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	object, ok := target.(map[string]any)
	if !ok {
		object = make(map[string]any)
	}
	for name, value := range change {
		if value == nil {
			delete(object, name)
			continue
		}
		object[name] = merge(object[name], value)
	}
	return object
}
