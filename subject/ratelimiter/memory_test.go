package ratelimiter

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// registryOf is what an observation after d has read of the registry.
func registryOf(after time.Duration, ids ...string) *gathering {
	g := &gathering{now: began.Add(after)}
	for _, id := range ids {
		g.nodes.value = append(g.nodes.value, ratelimiter.Node{ID: id, Address: "at-" + id})
	}
	return g
}

func TestMemoryOfNodes(t *testing.T) {
	unreadable := func(after time.Duration) *gathering {
		g := registryOf(after)
		g.lose(sourceNodes, protocol.SourceFailing)
		return g
	}
	cases := map[string]struct {
		reason string
		nodes  Nodes
		past   []*gathering
		want   map[string]time.Time // gone
	}{
		"AllThere": {
			reason: "who is registered is not gone",
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(time.Second, "b", "a")},
			want:   map[string]time.Time{},
		},
		"Gone": {
			reason: "last seen by the observation before",
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(time.Second, "a", "b"), registryOf(2*time.Second, "a")},
			want:   map[string]time.Time{"b": began.Add(time.Second)},
		},
		"BackAgain": {
			reason: "a node that came back is there",
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(time.Second, "a"), registryOf(2*time.Second, "a", "b")},
			want:   map[string]time.Time{},
		},
		"Unreadable": {
			reason: "a registry that cannot be read has not lost anybody, and forgets nobody",
			past:   []*gathering{registryOf(0, "a"), unreadable(time.Second), registryOf(2 * time.Second)},
			want:   map[string]time.Time{"a": began},
		},
		"ExpectedAndNeverSeen": {
			reason: "no time says never",
			nodes:  Nodes{Expected: []string{"a", "z"}},
			past:   []*gathering{registryOf(0, "a")},
			want:   map[string]time.Time{"z": {}},
		},
		"Forgotten": {
			reason: "taken out of service, by the configured time",
			nodes:  Nodes{ForgetAfter: kit.Duration(time.Minute)},
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(time.Minute, "a"), registryOf(time.Minute+1, "a")},
			want:   map[string]time.Time{},
		},
		"NotYetForgotten": {
			reason: "to the nanosecond",
			nodes:  Nodes{ForgetAfter: kit.Duration(time.Minute)},
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(time.Minute, "a")},
			want:   map[string]time.Time{"b": began},
		},
		"ExpectedIsNotForgotten": {
			reason: "it is expected for ever",
			nodes:  Nodes{ForgetAfter: kit.Duration(time.Minute), Expected: []string{"b"}},
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(time.Hour, "a")},
			want:   map[string]time.Time{"b": began},
		},
		"NeverForgotten": {
			reason: "0s is never",
			past:   []*gathering{registryOf(0, "a", "b"), registryOf(10_000*time.Hour, "a")},
			want:   map[string]time.Time{"b": began},
		},
		"OutOfOrder": {
			reason: "an observation that began earlier and ended later makes nobody older",
			past:   []*gathering{registryOf(2*time.Second, "a"), registryOf(time.Second, "a", "b"), registryOf(3 * time.Second)},
			want:   map[string]time.Time{"a": began.Add(2 * time.Second), "b": began.Add(time.Second)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := newMemory(Config{Nodes: tc.nodes})
			var got past
			for _, g := range tc.past {
				got = m.update(g, false)
			}
			if diff := cmp.Diff(tc.want, got.gone); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMemoryHints(t *testing.T) {
	m := newMemory(Config{})
	if h := m.hints(); h.nodes != nil || h.limits != nil || h.keys != nil {
		t.Errorf("a new memory suggests %+v", h)
	}
	g := registryOf(0, "a", "b")
	g.limits.value = ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 1000}
	g.asked = []keyRule{{"k", 10, time.Second}}
	m.update(g, false)

	blind := registryOf(time.Second)
	for _, source := range []string{sourceNodes, sourceLimits, sourceCounters, sourceStored} {
		blind.lose(source, protocol.SourceTimeout)
	}
	m.update(blind, false)
	h := m.hints()
	if len(h.nodes) != 2 || h.limits.DefaultLimit != 10 || len(h.keys) != 1 {
		t.Errorf("after an observation that read nothing: %+v, want what the one before has read", h)
	}

	m.update(registryOf(2*time.Second, "b"), false)
	if h := m.hints(); len(h.nodes) != 1 || h.nodes[0].ID != "b" || h.limits.DefaultLimit != 10 || len(h.keys) != 0 {
		t.Errorf("hints %+v; a node that is gone is not asked, limits of 0 ms are none, keys that are gone are not asked about", h)
	}
}

func TestMemoryOfAddresses(t *testing.T) {
	m := newMemory(Config{})
	m.update(registryOf(0, "a", "b"), false)
	g := registryOf(time.Second, "a")
	g.nodes.value = append(g.nodes.value, ratelimiter.Node{ID: "c", Address: "at-b"})
	got := m.update(g, false).addresses
	if diff := cmp.Diff(map[string]string{"at-a": "a", "at-b": "c"}, got); diff != "" {
		t.Errorf("an address belongs to who had it last: -want +got:\n%s", diff)
	}
}

func TestMemoryOfAnswers(t *testing.T) {
	m := newMemory(Config{})
	got := []bool{}
	for _, reached := range []bool{false, true, false} {
		got = append(got, m.update(registryOf(0), reached).reached)
	}
	if want := []bool{false, true, true}; !slices.Equal(got, want) {
		t.Errorf("reached %v, want %v: once is for ever", got, want)
	}
}

func TestMemoryOfChanges(t *testing.T) {
	m := newMemory(Config{})
	at := func(after time.Duration, rules ...keyRule) map[string]bool {
		g := registryOf(after)
		g.asked = rules
		return m.update(g, false).settling
	}
	minute := time.Minute
	if got := at(0, keyRule{"k", 10, minute}, keyRule{"l", 10, minute}); len(got) != 0 {
		t.Errorf("a key seen first is settling: %v", got)
	}
	if got := at(time.Second, keyRule{"k", 5, minute}, keyRule{"l", 10, minute}); !got["k"] || got["l"] {
		t.Errorf("settling %v, want k, whose limit changed", got)
	}
	m.settle("l", 10*time.Second, began.Add(2*time.Second))
	if got := at(12*time.Second, keyRule{"k", 5, minute}); !got["k"] || !got["l"] {
		t.Errorf("settling %v, want both", got)
	}
	if got := at(61*time.Second, keyRule{"k", 5, minute}); !got["k"] || got["l"] {
		t.Errorf("settling %v, want k for a whole window", got)
	}
	if got := at(62*time.Second, keyRule{"k", 5, minute}); len(got) != 0 {
		t.Errorf("settling %v, want none a window later", got)
	}
	if got := at(63*time.Second, keyRule{"k", 5, 2 * minute}); !got["k"] {
		t.Errorf("settling %v, want k, whose window changed", got)
	}
	if len(m.settling) != 1 {
		t.Errorf("%d changes are remembered, want one", len(m.settling))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(Config{})
	const more = 50
	ids := make([]string, maxRemembered)
	for i := range ids {
		ids[i] = fmt.Sprintf("old-%d", i)
	}
	m.update(registryOf(0, ids...), false)
	for i := range more {
		ids[i] = fmt.Sprintf("new-%d", i)
	}
	m.update(registryOf(time.Second, ids[:more]...), false)
	if len(m.nodes) != maxRemembered {
		t.Errorf("%d nodes are remembered, want %d", len(m.nodes), maxRemembered)
	}
	for _, id := range ids[:more] {
		if _, known := m.nodes[id]; !known {
			t.Fatalf("%s, seen last, is not remembered", id)
		}
	}
	for i := range maxRemembered + more {
		m.settle(fmt.Sprint(i), time.Hour, began)
	}
	if len(m.settling) != maxRemembered {
		t.Errorf("%d changes are remembered, want %d", len(m.settling), maxRemembered)
	}
}

// TestMemoryKeepsNoObservation: what it takes from one must not hold on to it, and
// through it to the one before, and so on.
func TestMemoryKeepsNoObservation(t *testing.T) {
	m := newMemory(Config{})
	var kept []weak.Pointer[gathering]
	for range 3 {
		g := well()
		g.swept.value.rule = m.hints().limits // as a reading does
		m.update(g, true)
		kept = append(kept, weak.Make(g))
	}
	runtime.GC()
	for i, g := range kept {
		if g.Value() != nil {
			t.Errorf("observation %d of 3 is still in memory", i+1)
		}
	}
	if m.hints().limits == nil {
		t.Error("it has forgotten the limits")
	}
}
