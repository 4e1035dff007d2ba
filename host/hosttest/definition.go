// Package hosttest has a subject for tests of hosts: it does as it is told, by
// a file that is read anew for every call and that a test may change meanwhile.
// It is a subject like any other, and can be served as a plugin.
package hosttest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

const configSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["script"],
  "additionalProperties": false,
  "properties": {
    "script": {"type": "string", "description": "File that says what the subject does."},
    "password": {"type": "string", "description": "Never shown."},
    "urls": {"type": "array", "items": {"type": "string"}, "description": "Where the system is."},
    "limits": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "max": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10, "description": "How many there may be."}
      }
    }
  }
}`

const restartParams = `{
  "type": "object",
  "required": ["node"],
  "additionalProperties": false,
  "properties": {"node": {"type": "string", "minLength": 1, "description": "The node's ID."}}
}`

const quotaParams = `{
  "type": "object",
  "required": ["user", "quota"],
  "additionalProperties": false,
  "properties": {
    "user": {"type": "string", "description": "Whose quota it is."},
    "quota": {"type": "integer", "minimum": 0, "description": "Requests per minute."},
    "share": {"type": "number"},
    "strict": {"type": "boolean", "default": false},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}}
  }
}`

// Definition returns the subject's definition.
func Definition() protocol.Definition {
	return protocol.Definition{
		Name:         "fake",
		Version:      "1.2.3",
		Summary:      "A system that does as a test tells it",
		Guide:        "Nodes serve users, each within a quota.\n\nA node that is gone is restarted. A user over quota is given a larger one.",
		ConfigSchema: json.RawMessage(configSchema),
		StateSchema:  json.RawMessage(`{"type": "object"}`),
		Invariants: []protocol.Invariant{
			{Name: "node_down", Summary: "a node that was seen before is gone", Entity: "node", Severity: protocol.Critical},
			{Name: "store_unavailable", Summary: "the store does not answer", Severity: protocol.Critical},
			{Name: "over_quota", Summary: "a user has more than the quota", Entity: "user", Severity: protocol.Warning, Grace: time.Second},
			{Name: "slow_writes", Summary: "a node's writes take above 100 ms", Entity: "node", Severity: protocol.Warning, Grace: 30 * time.Second},
		},
		Actions: []protocol.ActionSpec{
			{
				Name: "restart_node", Summary: "Start a node again", Params: json.RawMessage(restartParams),
				Risk: protocol.RiskLow, Idempotent: true, Repairs: []string{"node_down"},
			},
			{
				Name: "set_quota", Summary: "Give a user another quota", Params: json.RawMessage(quotaParams),
				Risk: protocol.RiskMedium, RequiresApproval: true, Idempotent: true, Repairs: []string{"over_quota"},
			},
		},
		Open: open,
	}
}

// config is the subject's configuration.
type config struct {
	Script   string   `json:"script"`
	Password string   `json:"password"`
	URLs     []string `json:"urls"`
	Limits   struct {
		Max *int `json:"max"`
	} `json:"limits"`
}

func open(_ context.Context, raw json.RawMessage) (protocol.Subject, error) {
	var fields []protocol.FieldError
	bad := func(path, format string, args ...any) {
		fields = append(fields, protocol.FieldError{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	var document map[string]json.RawMessage
	if err := json.Unmarshal(raw, &document); err != nil {
		bad("", "not an object: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(document)) {
		if !slices.Contains([]string{"script", "password", "urls", "limits"}, name) {
			bad(name, "unknown field")
		}
	}
	var c config
	if err := json.Unmarshal(raw, &c); err != nil {
		if e, ok := err.(*json.UnmarshalTypeError); ok { //nolint:errorlint // Unmarshal returns this very type
			bad(e.Field, "want %s, not %s", e.Type, e.Value)
		}
	} else if c.Script == "" {
		bad("script", "is required")
	}
	for i, u := range c.URLs {
		if !strings.HasPrefix(u, "http") {
			bad(fmt.Sprintf("urls[%d]", i), "%q is no URL", u)
		}
	}
	if c.Limits.Max != nil && (*c.Limits.Max < 1 || *c.Limits.Max > 100) {
		bad("limits.max", "want 1 to 100, not %d", *c.Limits.Max)
	}
	if len(c.Password) > 40 {
		bad("password", "%.30q... is longer than 40 bytes", c.Password)
	}
	if len(fields) > 0 {
		return nil, &protocol.Error{Code: protocol.InvalidArgument, Message: "configure fake", Fields: fields}
	}
	return &subject{script: c.Script}, nil
}
