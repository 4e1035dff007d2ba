package ratelimiter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// The keys of a load that names none. Those of two loads together stay below the
// 100 counters that the management API lists at most.
const (
	userKeys = 60 // each at half of the default limit
	fewKeys  = 20
	busyKeys = 30 // each at half of a limit of its own
)

// loadSpec is what a scenario says of a load.
type loadSpec struct {
	Rate    float64  `json:"rate"`
	Keys    loadKeys `json:"keys"`
	Workers int      `json:"workers"`
	Limit   int      `json:"limit"`
}

// loadKeys are keys by name, or so many of them.
type loadKeys []string

// UnmarshalJSON reads a list of names, or a number.
func (k *loadKeys) UnmarshalJSON(raw []byte) error {
	var n int
	if err := json.Unmarshal(raw, &n); err == nil {
		*k = numbered("user:", n)
		return nil
	}
	var names []string
	err := json.Unmarshal(raw, &names)
	*k = names
	return err
}

func numbered(prefix string, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = prefix + strconv.Itoa(i+1)
	}
	return keys
}

// parseLoad returns nil where there shall be no load.
func parseLoad(raw json.RawMessage) (*loadSpec, error) {
	spec := &loadSpec{}
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", "true":
		return spec, nil
	case "false":
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(spec); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return spec, nil
}

// complete chooses keys such that none comes to more than half of its limit,
// unless the scenario has chosen.
func (l *loadSpec) complete(t topology) {
	window := time.Duration(t.DefaultWindow).Seconds()
	half := float64(t.DefaultLimit) / window / 2
	switch {
	case l.Keys != nil:
		if l.Rate == 0 {
			l.Rate = half * float64(len(l.Keys))
		}
	case l.Rate == 0:
		l.Keys, l.Rate = numbered("user:", userKeys), half*userKeys
	case l.Limit == 0 && l.Rate <= half*userKeys:
		l.Keys = numbered("user:", max(fewKeys, int(math.Ceil(l.Rate/half))))
	default:
		if l.Limit == 0 {
			l.Limit = 2 * int(math.Ceil(l.Rate*window/busyKeys))
		}
		// The limit is in the name: a key whose limit changes cannot be judged for
		// a window.
		l.Keys = numbered("busy:"+strconv.Itoa(l.Limit)+":", busyKeys)
	}
}

// Load implements [stack.Stack].
func (s *Stack) Load(ctx context.Context, raw json.RawMessage) error {
	spec, err := parseLoad(raw)
	if err != nil {
		return err
	}
	s.loading.Lock()
	defer s.loading.Unlock()
	s.setLoad(nil, nil)
	if spec == nil {
		return nil
	}
	spec.complete(s.topology)
	if spec.Limit > 0 {
		for _, key := range spec.Keys {
			if err := s.setLimit(ctx, key, spec.Limit); err != nil {
				return fmt.Errorf("load: give %q its limit: %w", key, err)
			}
		}
	}
	load, err := s.cluster.Load(context.WithoutCancel(ctx), cluster.LoadOptions{Rate: spec.Rate, Keys: spec.Keys, Workers: spec.Workers})
	if err != nil {
		return err
	}
	s.setLoad(load, spec)
	return nil
}

// setLoad puts a load in the place of the one before, which it ends.
func (s *Stack) setLoad(load *cluster.Load, spec *loadSpec) {
	s.mu.Lock()
	before := s.load
	s.load, s.loaded = load, spec
	s.mu.Unlock()
	if before != nil {
		before.Stop()
	}
}

// loadNow returns what the load is, nil where there is none.
func (s *Stack) loadNow() *loadSpec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loaded
}

// measures tells whether the load lets every node measure enough checks in a
// while for a latency that can be judged.
func (l *loadSpec) measures(nodes int, window time.Duration) bool {
	const few = 4
	return l != nil && l.Rate/float64(nodes)*window.Seconds() >= few
}

const loadSchema = `{
  "type": ["object", "boolean"],
  "description": "false is no load; true is the usual one, which is healthy",
  "additionalProperties": false,
  "properties": {
    "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 5000, "description": "checks per second, over all nodes; left out, what brings each key to half of the default limit"},
    "keys": {
      "description": "the keys that are checked in turn, or how many of user:1, user:2 and so on; left out, as many as the rate needs for none to come to more than half of its limit, with limits of their own where the default one is too low",
      "oneOf": [
        {"type": "integer", "minimum": 1, "maximum": 1000},
        {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": "string", "maxLength": 2097152}}
      ]
    },
    "workers": {"type": "integer", "minimum": 1, "maximum": 64, "default": 4, "description": "how many checks may be under way at each node"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000000, "description": "the limit that each key is given as its own before the load begins; left out, none"}
  }
}`
