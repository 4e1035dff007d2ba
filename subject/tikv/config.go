package tikv

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit/section"
)

// Config is the subject's configuration. Its JSON Schema is derived from it.
type Config struct {
	PD         PD          `json:"pd" jsonschema:"the Placement Driver"`
	Prometheus *Prometheus `json:"prometheus,omitempty" jsonschema:"the Prometheus that scrapes the stores; left out, what only it knows is unknown"`
	Stores     Stores      `json:"stores,omitzero" jsonschema:"which stores there should be"`
	Invariants Invariants  `json:"invariants,omitzero" jsonschema:"thresholds, grace periods and severities"`
	ListSize   int         `json:"list_size,omitempty" jsonschema:"how many entities a list of the state, and the verdicts on one invariant, may have"`
}

// PD is where the Placement Driver is.
type PD struct {
	Endpoints []string     `json:"endpoints" jsonschema:"client URLs of PD's members; any that answers will do, the leader is followed"`
	Timeout   kit.Duration `json:"timeout,omitempty" jsonschema:"how long one call may take"`
	TLS       *section.TLS `json:"tls,omitempty" jsonschema:"how to trust it, and be trusted"`
}

// Prometheus is where the metrics are.
type Prometheus struct {
	section.Prometheus

	Instance string `json:"instance,omitempty" jsonschema:"the label that holds a store's address"`
}

// Stores is which stores there should be.
type Stores struct {
	Expected []string `json:"expected,omitempty" jsonschema:"IDs of stores that must be there, seen before or not"`
	Removing []string `json:"removing,omitempty" jsonschema:"IDs of stores that are being taken out on purpose: Offline, or gone, is then as it should be"`
	// ForgetAfter is 0 by default: forgetting closes a ticket because nothing is
	// heard any more, which only somebody who knows the system can want.
	ForgetAfter kit.Duration `json:"forget_after,omitempty" jsonschema:"when a store that PD no longer knows counts as taken out of service, unless it is expected; never if left out"`
}

// Invariants is what may be changed of each invariant.
type Invariants struct {
	StoreDown           kit.Rule  `json:"store_down,omitzero"`
	PDUnavailable       kit.Rule  `json:"pd_unavailable,omitzero"`
	MetricsUnavailable  kit.Rule  `json:"metrics_unavailable,omitzero"`
	HighLatency         Latency   `json:"high_latency,omitzero"`
	LowDiskSpace        Disk      `json:"low_disk_space,omitzero"`
	RegionWithoutLeader kit.Rule  `json:"region_without_leader,omitzero"`
	UnderReplicated     kit.Rule  `json:"under_replicated,omitzero"`
	LeaderImbalance     Imbalance `json:"leader_imbalance,omitzero"`
}

// Latency is high_latency's rule.
type Latency struct {
	kit.Rule

	ThresholdMS float64 `json:"threshold_ms,omitempty" jsonschema:"the highest p99 of a store's gRPC calls, in milliseconds"`
}

// Disk is low_disk_space's rule.
type Disk struct {
	kit.Rule

	Threshold float64 `json:"threshold,omitempty" jsonschema:"the largest share of its capacity that a store may have used, 0 to 1"`
}

// Imbalance is leader_imbalance's rule: leaders > fair share * (1 + tolerance)
// + slack.
type Imbalance struct {
	kit.Rule

	Tolerance float64 `json:"tolerance,omitempty" jsonschema:"how far over its fair share of leaders a store may be, as a part of that share"`
	Slack     float64 `json:"slack,omitempty" jsonschema:"how many leaders more than that"`
}

func defaultConfig() Config {
	rules := make(map[string]kit.Rule, len(declared))
	for _, inv := range declared {
		rules[inv.Name] = kit.RuleOf(inv)
	}
	return Config{
		PD: PD{Timeout: kit.Duration(2 * time.Second)},
		Invariants: Invariants{
			StoreDown:           rules[storeDown],
			PDUnavailable:       rules[pdUnavailable],
			MetricsUnavailable:  rules[metricsUnavailable],
			HighLatency:         Latency{Rule: rules[highLatency], ThresholdMS: 100},
			LowDiskSpace:        Disk{Rule: rules[lowDiskSpace], Threshold: 0.7},
			RegionWithoutLeader: rules[regionWithoutLeader],
			UnderReplicated:     rules[underReplicated],
			LeaderImbalance:     Imbalance{Rule: rules[leaderImbalance], Tolerance: 0.5, Slack: 10},
		},
		ListSize: 100,
	}
}

func defaultPrometheus() Prometheus {
	return Prometheus{Prometheus: section.DefaultPrometheus(), Instance: "instance"}
}

// UnmarshalJSON decodes over the defaults: the section that is left out is nil
// and has none.
func (p *Prometheus) UnmarshalJSON(data []byte) error {
	type plain Prometheus
	*p = defaultPrometheus()
	return json.Unmarshal(data, (*plain)(p))
}

// rules returns the configured rule of each invariant.
func (i Invariants) rules() map[string]kit.Rule {
	return map[string]kit.Rule{
		storeDown:           i.StoreDown,
		pdUnavailable:       i.PDUnavailable,
		metricsUnavailable:  i.MetricsUnavailable,
		highLatency:         i.HighLatency.Rule,
		lowDiskSpace:        i.LowDiskSpace.Rule,
		regionWithoutLeader: i.RegionWithoutLeader,
		underReplicated:     i.UnderReplicated,
		leaderImbalance:     i.LeaderImbalance.Rule,
	}
}

// check notes what is wrong with a configuration that its schema lets pass.
func (c Config) check(p *kit.Problems) {
	for i, endpoint := range c.PD.Endpoints {
		p.AddErr(fmt.Sprintf("pd.endpoints[%d]", i), section.Detail(pd.ValidateEndpoint(endpoint)))
	}
	p.AddErr("pd.tls", c.PD.TLS.Check())
	if c.PD.Timeout <= 0 {
		p.Add("pd.timeout", "must be more than 0s")
	}
	for i, id := range c.Stores.Expected {
		switch {
		case slices.Contains(c.Stores.Expected[:i], id):
			p.Add(fmt.Sprintf("stores.expected[%d]", i), "is there twice")
		case slices.Contains(c.Stores.Removing, id):
			p.Add(fmt.Sprintf("stores.expected[%d]", i), "is among stores.removing too")
		}
	}
	if c.Prometheus != nil {
		c.Prometheus.Check("prometheus", p)
		p.AddErr("prometheus.instance", c.Prometheus.checkInstance())
	}
}

// checkInstance says what is wrong with the name of the label: the queries also
// go by the label "type".
func (p Prometheus) checkInstance() error {
	if p.Instance == "type" {
		return errors.New("the label type has a meaning of its own")
	}
	return section.CheckLabel(p.Instance)
}
