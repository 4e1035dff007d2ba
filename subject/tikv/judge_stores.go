package tikv

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgeStores: who should be in the cluster, and how they are there.
func (s *Subject) judgeStores(j *kit.Judge, g *gathering) {
	if miss := g.stores.miss; miss != nil {
		j.Unknown(storeDown, "", miss.Source, miss.Message)
		return
	}
	known := make(map[string]bool)
	for _, st := range g.stores.value {
		storeID := text(st.ID)
		known[storeID] = true
		removing := slices.Contains(s.cfg.Stores.Removing, storeID)
		expected := slices.Contains(s.cfg.Stores.Expected, storeID)
		switch {
		case st.State == pd.StateUp,
			st.State == pd.StateTombstone && !expected,
			st.State == pd.StateOffline && removing:
		default:
			j.Broken(protocol.Violation{Invariant: storeDown, Entity: storeID, Message: downMessage(st, g.now)})
		}
	}
	for id, seen := range g.gone {
		known[text(id)] = true
		message := fmt.Sprintf("PD no longer knows it; it was last seen there %s ago", g.now.Sub(seen).Round(time.Second))
		switch after := s.cfg.Stores.ForgetAfter; {
		case slices.Contains(s.cfg.Stores.Expected, text(id)):
		case after > 0:
			message += fmt.Sprintf("; if it was taken out on purpose, it is forgotten after %s (stores.forget_after)", after)
		default:
			message += "; if it was taken out on purpose, list it in stores.removing"
		}
		j.Broken(protocol.Violation{Invariant: storeDown, Entity: text(id), Message: message})
	}
	for _, id := range s.cfg.Stores.Expected {
		if !known[id] {
			j.Broken(protocol.Violation{Invariant: storeDown, Entity: id, Message: "it is expected (stores.expected) and PD does not know it"})
		}
	}
	if len(present(g.stores.value)) == 0 {
		j.Unknown(storeDown, "", sourceStores, "PD knows no store that is in the cluster: its data may have been lost")
	}
	j.Checked(storeDown)
}

func downMessage(st pd.Store, now time.Time) string {
	message := fmt.Sprintf("%s is %s", failure.Quote(st.Address), failure.Line(st.State))
	if st.State == pd.StateOffline {
		message += " (being removed; list it in stores.removing if that is on purpose)"
	}
	if st.LastHeartbeat != nil {
		message += fmt.Sprintf("; its last heartbeat was %s ago", now.Sub(*st.LastHeartbeat).Round(time.Second))
	}
	return message
}

// judgeLatency: each store that is up by its own series; one without is unknown.
func (s *Subject) judgeLatency(j *kit.Judge, g *gathering) {
	if miss := g.latency.miss; miss != nil {
		j.Unknown(highLatency, "", miss.Source, miss.Message)
		return
	}
	if miss := g.stores.miss; miss != nil {
		j.Unknown(highLatency, "", miss.Source, "which stores there are is not known: "+miss.Message)
		return
	}
	threshold := s.cfg.Invariants.HighLatency.ThresholdMS
	for _, st := range present(g.stores.value) {
		ms, ok := g.latency.value.of(st)
		switch {
		case !ok:
			j.Unknown(highLatency, text(st.ID), sourceLatency,
				fmt.Sprintf("Prometheus has no latency of %s in the last %s", failure.Quote(st.Address), s.cfg.Prometheus.RateWindow))
		case math.IsInf(ms, 1):
			j.Broken(protocol.Violation{
				Invariant: highLatency, Entity: text(st.ID), Threshold: &threshold, Unit: "ms",
				Message: fmt.Sprintf("p99 is above the highest bucket of the histogram, and above %g ms", threshold),
			})
		case ms > threshold:
			j.Broken(protocol.Violation{
				Invariant: highLatency, Entity: text(st.ID), Value: &ms, Threshold: &threshold, Unit: "ms",
				Message: fmt.Sprintf("p99 is %.1f ms, above %g ms", ms, threshold),
			})
		}
	}
	s.missingStores(j, g, highLatency)
}

// judgeDisks: by PD's word, else by the store's own metrics.
func (s *Subject) judgeDisks(j *kit.Judge, g *gathering) {
	if miss := g.stores.miss; miss != nil {
		j.Unknown(lowDiskSpace, "", miss.Source, miss.Message)
		return
	}
	threshold := s.cfg.Invariants.LowDiskSpace.Threshold * 100
	for _, st := range present(g.stores.value) {
		used, known := usedShare(st, g.size.value)
		percent := used * 100
		switch {
		case !known:
			j.Unknown(lowDiskSpace, text(st.ID), sourceStores, unknownCapacity(g))
		case percent > threshold:
			j.Broken(protocol.Violation{
				Invariant: lowDiskSpace, Entity: text(st.ID), Value: &percent, Threshold: &threshold, Unit: "%",
				Message: fmt.Sprintf("%.1f %% of its capacity is used, above %g %%", percent, threshold),
			})
		}
	}
	s.missingStores(j, g, lowDiskSpace)
}

func unknownCapacity(g *gathering) string {
	const silent = "it has not reported its capacity since PD's leader changed"
	if g.size.miss != nil {
		return silent + ", and Prometheus cannot tell: " + g.size.miss.Message
	}
	return silent + ", and Prometheus has no size of it"
}

// usedShare is how much of a store's capacity is not available to it: what TiKV
// uses, or what is gone from the disk, whichever is more.
func usedShare(st pd.Store, sizes map[string]byInstance) (share float64, known bool) {
	if st.Capacity > 0 {
		return float64(max(st.UsedSize, st.Capacity-st.Available)) / float64(st.Capacity), true
	}
	capacity, ok := sizes["capacity"].of(st)
	available, alsoOK := sizes["available"].of(st)
	if !ok || !alsoOK || capacity <= 0 {
		return 0, false
	}
	used := capacity - available
	if u, ok := sizes["used"].of(st); ok {
		used = max(used, u)
	}
	return used / capacity, true
}

// missingStores ends the judging of an invariant on stores: of those that are
// gone nothing is known.
func (s *Subject) missingStores(j *kit.Judge, g *gathering, invariant string) {
	for id := range g.gone {
		j.Unknown(invariant, text(id), sourceStores, "PD no longer knows this store")
	}
	if len(present(g.stores.value)) == 0 {
		j.Unknown(invariant, "", sourceStores, "PD knows no store")
		return
	}
	j.Checked(invariant)
}
