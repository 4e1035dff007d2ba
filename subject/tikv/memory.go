package tikv

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// memory is which stores were seen, so that one that PD no longer knows is
// missed.
type memory struct {
	cfg Stores

	mu     sync.Mutex
	stores map[uint64]time.Time // when last seen
}

// maxRemembered bounds the stores that are remembered; the largest clusters
// have a few hundred.
const maxRemembered = 10_000

// see remembers the stores that are in the cluster and returns those that it
// knows and PD does not. It forgets those that were removed: that PD has a
// tombstone of, that were to be removed, and that are gone for so long that
// nobody misses them.
func (m *memory) see(stores []pd.Store, now time.Time) map[uint64]time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stores == nil {
		m.stores = make(map[uint64]time.Time)
	}
	listed := make(map[uint64]bool, len(stores))
	for _, st := range stores {
		listed[st.ID] = true
		switch _, known := m.stores[st.ID]; {
		case st.State == pd.StateTombstone:
			delete(m.stores, st.ID)
		case known || len(m.stores) < maxRemembered:
			m.stores[st.ID] = now
		}
	}
	forgetAfter := m.cfg.ForgetAfter.Std()
	maps.DeleteFunc(m.stores, func(id uint64, seen time.Time) bool {
		long := forgetAfter > 0 && now.Sub(seen) > forgetAfter && !slices.Contains(m.cfg.Expected, text(id))
		return !listed[id] && (long || slices.Contains(m.cfg.Removing, text(id)))
	})
	gone := maps.Clone(m.stores)
	maps.DeleteFunc(gone, func(id uint64, _ time.Time) bool { return listed[id] })
	return gone
}
