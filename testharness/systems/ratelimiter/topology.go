package ratelimiter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// topology is what a scenario says of the system's shape.
type topology struct {
	Nodes           int      `json:"nodes"`
	Redis           string   `json:"redis"`
	DefaultLimit    int      `json:"default_limit"`
	DefaultWindow   duration `json:"default_window"`
	RegistrationTTL duration `json:"registration_ttl"`
	ScrapeInterval  duration `json:"scrape_interval"`
	NodeLabels      bool     `json:"node_labels"`
	KeyLabels       bool     `json:"key_labels"`
	Prometheus      bool     `json:"prometheus"`
}

func defaultTopology() topology {
	return topology{
		Nodes: 3, Redis: "single", DefaultLimit: 100,
		DefaultWindow:   duration(time.Minute),
		RegistrationTTL: duration(3 * time.Second),
		ScrapeInterval:  duration(time.Second),
		NodeLabels:      true, KeyLabels: true, Prometheus: true,
	}
}

// parseTopology reads what the schema has let pass; nil is the default.
func parseTopology(raw json.RawMessage) (topology, error) {
	t := defaultTopology()
	if len(raw) == 0 {
		return t, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return t, fmt.Errorf("topology: %w", err)
	}
	if t.Nodes < 1 {
		return t, fmt.Errorf("topology: nodes: want at least 1, not %d", t.Nodes)
	}
	if t.RegistrationTTL < t.heartbeat() || t.heartbeat() <= 0 {
		return t, fmt.Errorf("topology: registration_ttl: want at least 300ms, not %s", time.Duration(t.RegistrationTTL))
	}
	return t, nil
}

// heartbeat is how often a node refreshes its registration.
func (t topology) heartbeat() duration { return t.RegistrationTTL / 3 }

// rateWindow is the range over which latencies are taken: as short as Prometheus
// can take a rate with a few scrapes missing, as it is also how long a slow
// check that is over is still seen.
func (t topology) rateWindow() time.Duration { return 8 * time.Duration(t.ScrapeInterval) }

// duration is a time.Duration as a scenario writes it: "1s".
type duration time.Duration

// UnmarshalJSON reads a Go duration.
func (d *duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	parsed, err := time.ParseDuration(text)
	*d = duration(parsed)
	return err
}

const topologySchema = `{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "nodes": {"type": "integer", "minimum": 1, "maximum": 10, "default": 3, "description": "how many nodes there are"},
    "redis": {"enum": ["single", "replica", "tls", "sentinel", "cluster"], "default": "single", "description": "the shape of the Redis that the nodes share"},
    "default_limit": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 100, "description": "requests that a key may make in its window where it has no limit of its own"},
    "default_window": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "default": "1m", "description": "the window of a key that has none of its own"},
    "registration_ttl": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "default": "3s", "description": "how long a node that died stays registered; a node refreshes its registration three times as often"},
    "scrape_interval": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", "default": "1s", "description": "how often Prometheus scrapes; the subject takes latencies over eight times that"},
    "node_labels": {"type": "boolean", "default": true, "description": "metrics have the label node_id"},
    "key_labels": {"type": "boolean", "default": true, "description": "counts of checks have the label key"},
    "prometheus": {"type": "boolean", "default": true, "description": "there is a Prometheus"}
  }
}`
