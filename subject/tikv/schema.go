package tikv

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// configSchema derives the schema of Config, with what its types cannot say.
func configSchema() (json.RawMessage, error) {
	defaults := defaultConfig()
	defaults.Prometheus = new(defaultPrometheus())

	refinements := []kit.Refinement{
		{Path: "pd.endpoints", Refine: func(s *jsonschema.Schema) { s.MinItems, s.MaxItems = new(1), new(100) }},
		{Path: "pd.endpoints[]", Refine: notEmpty},
		{Path: "prometheus.url", Refine: notEmpty},
		{Path: "prometheus.instance", Refine: notEmpty},
		{Path: "stores.expected[]", Refine: storeID},
		{Path: "stores.removing[]", Refine: storeID},
		{Path: "list_size", Refine: between(1, 1_000)},
		{Path: "invariants.high_latency.threshold_ms", Refine: func(s *jsonschema.Schema) { s.ExclusiveMinimum = new(0.0) }},
		{Path: "invariants.low_disk_space.threshold", Refine: between(0, 1)},
		{Path: "invariants.leader_imbalance.tolerance", Refine: between(0, 1000)},
		{Path: "invariants.leader_imbalance.slack", Refine: between(0, 1e9)},
	}
	return kit.Schema(&defaults, slices.Concat(refinements, kit.RuleRefinements("invariants", declared))...)
}

// stateSchema derives the schema of State. A map that was not read is null, as a
// list is.
func stateSchema() (json.RawMessage, error) {
	return kit.Schema[State](nil, kit.Refinement{Path: "store_metrics", Refine: func(s *jsonschema.Schema) {
		s.Type, s.Types = "", []string{"null", "object"}
	}})
}

func notEmpty(s *jsonschema.Schema) { s.MinLength = new(1) }

func between(low, high float64) func(*jsonschema.Schema) {
	return func(s *jsonschema.Schema) { s.Minimum, s.Maximum = new(low), new(high) }
}

// idPattern is a number from 1 that PD's 64 bits hold.
const idPattern = `^[1-9][0-9]{0,18}$`

func storeID(s *jsonschema.Schema) { s.Pattern = idPattern }

// id is a store's or a region's number. IDs are text outside of PD: they do not
// fit a JSON number that passes through JavaScript.
type id string

// number returns the ID as PD has it; the schema has checked it.
func (i id) number() uint64 {
	n, _ := strconv.ParseUint(string(i), 10, 64)
	return n
}

// text returns a number of PD's as an ID.
func text(n uint64) string { return strconv.FormatUint(n, 10) }

type transferLeaderParams struct {
	RegionID  id `json:"region_id" jsonschema:"the region whose leader moves"`
	ToStoreID id `json:"to_store_id" jsonschema:"the store it moves to; it has to have a voting peer of the region"`
}

type transferPeerParams struct {
	RegionID    id `json:"region_id" jsonschema:"the region whose peer moves"`
	FromStoreID id `json:"from_store_id" jsonschema:"the store that loses its peer"`
	ToStoreID   id `json:"to_store_id" jsonschema:"the store that gets it; it must have none of the region yet"`
}

type storeParams struct {
	StoreID id `json:"store_id" jsonschema:"the store"`
}

func actionSpecs() ([]protocol.ActionSpec, error) {
	refine := func(names ...string) []kit.Refinement {
		refinements := make([]kit.Refinement, len(names))
		for i, name := range names {
			refinements[i] = kit.Refinement{Path: name, Refine: storeID}
		}
		return refinements
	}
	leader, err := kit.Schema[transferLeaderParams](nil, refine("region_id", "to_store_id")...)
	if err != nil {
		return nil, err
	}
	peer, err := kit.Schema[transferPeerParams](nil, refine("region_id", "from_store_id", "to_store_id")...)
	if err != nil {
		return nil, err
	}
	store, err := kit.Schema[storeParams](nil, refine("store_id")...)
	if err != nil {
		return nil, err
	}
	return []protocol.ActionSpec{
		{
			Name: transferLeader, Summary: "move a region's leader to another of its stores",
			Params: leader, Risk: protocol.RiskLow, Idempotent: true, Repairs: []string{leaderImbalance, highLatency},
		},
		{
			Name: transferPeer, Summary: "move one copy of a region from one store to another",
			Params: peer, Risk: protocol.RiskMedium, RequiresApproval: true, Idempotent: false, Repairs: []string{lowDiskSpace},
		},
		{
			Name: evictLeaders, Summary: "move all leaders off a store and keep them off",
			Params: store, Risk: protocol.RiskMedium, RequiresApproval: true, Idempotent: true, Repairs: []string{highLatency},
		},
		{
			Name: stopEvictingLeaders, Summary: "let a store have leaders again",
			Params: store, Risk: protocol.RiskLow, Idempotent: true, Repairs: []string{leaderImbalance},
		},
	}, nil
}
