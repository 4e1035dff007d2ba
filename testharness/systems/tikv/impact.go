package tikv

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// What PD and its subject need to notice a store that is silent: PD calls it
// Disconnected after disconnectAfter, and a store whose peer was silent for
// downPeerAfter reports that of its regions. Both are tikvcluster's defaults.
const (
	disconnectAfter = 3 * time.Second
	heartbeat       = 500 * time.Millisecond
)

// Impact implements [stack.Stack]. It goes by what becomes of the server that
// the fault is done to: gone, slow, or saying what is not so.
func (s *Stack) Impact(kind, on string, _ json.RawMessage) fault.Impact {
	if names := strings.Split(on, ","); len(names) > 1 {
		var all fault.Impact
		for _, name := range names {
			one := s.Impact(kind, strings.TrimSpace(name), nil)
			all.Breaks, all.May = append(all.Breaks, one.Breaks...), append(all.May, one.May...)
			all.Blinds = append(all.Blinds, one.Blinds...)
			all.Delay = max(all.Delay, one.Delay)
		}
		return all
	}
	from, to, link := strings.Cut(on, "->")
	if strings.Contains(from, "*") { // links of several sorts: each hurts what it alone does
		var names []string
		for _, l := range s.Links() {
			if network.Matches(on, l.Name()) {
				names = append(names, l.Name())
			}
		}
		return s.Impact(kind, strings.Join(names, ","), nil)
	}
	switch {
	case !link:
		return partImpact(kind, on)
	case from == network.Operator:
		return s.seenImpact(kind, to)
	case from == "prometheus":
		return s.scrapeImpact(kind, to)
	default:
		return s.heartbeatImpact(kind, from)
	}
}

// partImpact is that of a fault of a process.
func partImpact(kind, part string) fault.Impact {
	brief := kind == "restart" || kind == "slow_start"
	switch id, store := strings.CutPrefix(part, "tikv-"); {
	case store:
		i := silentStore(id)
		i.May = append(i.May, marks("high_latency")...)
		if brief {
			return brought(i)
		}
		return i
	case part == "pd":
		i := fault.Impact{
			Breaks: marks("pd_unavailable"),
			Blinds: marks("store_down", "region_without_leader", "under_replicated", "leader_imbalance"),
			// A PD that comes back has not heard of anybody yet.
			May: marks("store_down", "region_without_leader", "under_replicated", "leader_imbalance", "low_disk_space"),
		}
		if brief {
			return brought(i)
		}
		return i
	default:
		i := fault.Impact{Breaks: marks("metrics_unavailable"), Blinds: marks("high_latency")}
		if brief {
			return brought(i)
		}
		return i
	}
}

// brought is what comes of a fault that heals by itself: nothing of it is left to
// be noticed.
func brought(i fault.Impact) fault.Impact {
	i.May, i.Breaks, i.Blinds = append(i.May, i.Breaks...), nil, nil
	return i
}

// silentStore is that of a store which PD hears nothing of.
func silentStore(id string) fault.Impact {
	return fault.Impact{
		Breaks: []fault.Mark{{Invariant: "store_down", Entity: id}},
		May:    marks("under_replicated", "region_without_leader", "leader_imbalance"),
		Delay:  disconnectAfter + 2*heartbeat,
	}
}

// seenImpact is that of a fault between the subject and a server that is well.
func (s *Stack) seenImpact(kind, server string) fault.Impact {
	i := fault.Impact{}
	switch kind {
	case "latency", "bandwidth", "http_slow_headers", "http_slow_body", "http_unknown_fields":
		// Slow is not wrong: what must be noticed depends on how slow.
		i.May = marks("pd_unavailable", "metrics_unavailable")

		return i
	}
	if server == "prometheus" || server == "*" {
		i.Blinds = append(i.Blinds, marks("high_latency")...)
		i.May = append(i.May, marks("metrics_unavailable")...)
	}
	if server == "pd" || server == "*" {
		i.Blinds = append(i.Blinds, marks("store_down", "region_without_leader", "under_replicated", "leader_imbalance")...)
		i.May = append(i.May, marks("pd_unavailable")...)
	}
	if !silences(kind) { // whoever believes it is not to blame
		i.May = append(i.May, i.Blinds...)
	}
	if kind == "prometheus_duplicate_series" || kind == "prometheus_warnings" {
		i.Blinds = nil
	}
	return i
}

// silences tells whether a fault of a connection leaves nothing that could be
// believed: no answer, or one that nobody can read a number in.
func silences(kind string) bool {
	switch kind {
	case "refuse", "reset", "half_open", "black_hole", "partition",
		"http_html", "http_empty_body", "http_reset", "http_redirect_loop", "http_huge",
		"prometheus_empty", "prometheus_nan", "prometheus_error":
		return true
	default:
		return false
	}
}

// heartbeatImpact is that of a fault between a store and PD.
func (s *Stack) heartbeatImpact(kind, store string) fault.Impact {
	switch kind {
	case "latency", "bandwidth", "reset", "refuse", "half_open", "black_hole", "partition":
	default:
		kind = "" // an answer that is wrong
	}
	var i fault.Impact
	for _, id := range s.ids(store) {
		one := silentStore(id)
		i.Breaks, i.May, i.Delay = append(i.Breaks, one.Breaks...), append(i.May, one.May...), one.Delay
	}
	if kind == "latency" || kind == "bandwidth" || kind == "" {
		i.May, i.Breaks = append(i.May, i.Breaks...), nil
	}
	return i
}

// scrapeImpact is that of a fault between Prometheus and stores: their metrics
// end, or say something else.
func (s *Stack) scrapeImpact(kind, stores string) fault.Impact {
	i := fault.Impact{May: marks("metrics_unavailable"), Delay: rateWindow}
	if !silences(kind) {
		i.May = append(i.May, marks("high_latency")...)
	}
	switch kind {
	case "refuse", "reset", "half_open", "black_hole", "partition", "http_status", "http_html", "http_reset", "http_redirect_loop", "http_huge":
		for _, id := range s.ids(stores) {
			i.Blinds = append(i.Blinds, fault.Mark{Invariant: "high_latency", Entity: id})
		}
	}
	return i
}

// ids are the stores that one side of a link stands for.
func (s *Stack) ids(side string) []string {
	var ids []string
	for _, store := range s.cluster.Stores() {
		if side == "*" || side == store.Name() || side == "tikv-*" {
			ids = append(ids, strings.TrimPrefix(store.Name(), "tikv-"))
		}
	}
	return ids
}

func marks(invariants ...string) []fault.Mark {
	all := make([]fault.Mark, len(invariants))
	for i, name := range invariants {
		all[i].Invariant = name
	}
	return all
}
