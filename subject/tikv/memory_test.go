package tikv

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func listed(state string, ids ...uint64) []pd.Store {
	var stores []pd.Store
	for _, id := range ids {
		stores = append(stores, pd.Store{ID: id, State: state})
	}
	return stores
}

// TestMemory shows a memory stores 1, 2 and 3, and then what a case has PD say.
func TestMemory(t *testing.T) {
	day := 24 * time.Hour
	for name, tc := range map[string]struct {
		reason string
		config Stores
		stores []pd.Store
		after  time.Duration
		gone   []uint64 // at once
		later  []uint64 // by an observation that sees the same again
	}{
		"AllThere":     {reason: "nobody is missed", stores: listed(pd.StateUp, 3, 2, 1)},
		"OneIsGone":    {reason: "it is missed, again and again", stores: listed(pd.StateUp, 1, 2), gone: []uint64{3}, later: []uint64{3}},
		"AllAreGone":   {reason: "PD lost its data", gone: []uint64{1, 2, 3}, later: []uint64{1, 2, 3}},
		"Down":         {reason: "PD knows it: it is not missed", stores: slices.Concat(listed(pd.StateUp, 1, 2), listed(pd.StateDown, 3))},
		"Removed":      {reason: "a tombstone is forgotten", stores: slices.Concat(listed(pd.StateUp, 1, 2), listed(pd.StateTombstone, 3))},
		"OnPurpose":    {reason: "its tombstone was removed before we saw it", config: Stores{Removing: []string{"3"}}, stores: listed(pd.StateUp, 1, 2)},
		"WithinTheDay": {reason: "not yet", config: Stores{ForgetAfter: kit.Duration(day)}, after: day, stores: listed(pd.StateUp, 1, 2), gone: []uint64{3}, later: []uint64{3}},
		"AfterTheDay":  {reason: "nobody misses it any more", config: Stores{ForgetAfter: kit.Duration(day)}, after: day + 1, stores: listed(pd.StateUp, 1, 2)},
		"Expected":     {reason: "one that is expected is never forgotten", config: Stores{ForgetAfter: kit.Duration(day), Expected: []string{"3"}}, after: 10 * day, stores: listed(pd.StateUp, 1, 2), gone: []uint64{3}, later: []uint64{3}},
		"NeverForget":  {reason: "0 is never", after: 10 * day, stores: listed(pd.StateUp, 1, 2), gone: []uint64{3}, later: []uint64{3}},
	} {
		t.Run(name, func(t *testing.T) {
			m := memory{cfg: tc.config}
			if gone := m.see(listed(pd.StateUp, 1, 2, 3), began); len(gone) > 0 {
				t.Errorf("the first look misses %v", gone)
			}
			for _, want := range [][]uint64{tc.gone, tc.later} {
				gone := m.see(tc.stores, began.Add(tc.after))
				if diff := cmp.Diff(want, slices.Sorted(maps.Keys(gone)), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
				}
				for id, seen := range gone {
					if !seen.Equal(began) {
						t.Errorf("%d was last seen %s, want %s", id, seen, began)
					}
				}
			}
			if gone := m.see(listed(pd.StateUp, 1, 2, 3), began.Add(tc.after)); len(gone) > 0 {
				t.Errorf("all are back, and it misses %v", gone)
			}
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	many := make([]pd.Store, maxRemembered+10)
	for i := range many {
		many[i] = pd.Store{ID: uint64(i + 1), State: pd.StateUp}
	}
	m.see(many, began)
	if len(m.stores) != maxRemembered {
		t.Errorf("%d stores are remembered, want %d", len(m.stores), maxRemembered)
	}
}
