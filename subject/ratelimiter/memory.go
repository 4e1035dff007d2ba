package ratelimiter

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// maxRemembered bounds the nodes, and the changed keys, that are remembered.
const maxRemembered = 10_000

// memory is what one observation leaves for the next: whom to ask what without
// waiting to be told, and what only time tells. It lives as long as the
// Subject and is never a source of data.
type memory struct {
	forgetAfter time.Duration
	expected    []string

	mu         sync.Mutex
	nodes      map[string]knownNode
	registry   []ratelimiter.Node // as it was last read
	registryAt time.Time
	answered   bool // some node has answered /health from here
	limits     *ratelimiter.Limits
	keys       []keyRule            // whose allowed requests were asked for
	settling   map[string]time.Time // keys whose rule or count was changed, and until when that shows
}

// knownNode is a node that was seen in the registry.
type knownNode struct {
	address string
	seen    time.Time
}

// keyRule is a key and what its requests are held against.
type keyRule struct {
	key    string
	limit  int64
	window time.Duration
}

// past is what a judgement takes from earlier observations.
type past struct {
	// gone are the nodes that should be registered and are not, and when each was
	// last seen there; the zero time means never.
	gone map[string]time.Time
	// addresses are those of all nodes that were ever seen, with their IDs.
	addresses map[string]string
	// reached says that some node has answered /health from here, now or before.
	reached bool
	// settling are the keys of which the last window still shows a change.
	settling map[string]bool
}

func newMemory(cfg Config) *memory {
	return &memory{
		forgetAfter: cfg.Nodes.ForgetAfter.Std(),
		expected:    cfg.Nodes.Expected,
		nodes:       make(map[string]knownNode),
		settling:    make(map[string]time.Time),
	}
}

// hints are what the last observation suggests to ask for at once.
type hints struct {
	nodes  []ratelimiter.Node
	limits *ratelimiter.Limits // nil until somebody has told them
	keys   []keyRule
}

func (m *memory) hints() hints {
	m.mu.Lock()
	defer m.mu.Unlock()
	return hints{nodes: m.registry, limits: m.limits, keys: m.keys}
}

// update takes in what an observation has read, reached telling whether a node
// answered it, and returns what it needs to know of those before it.
func (m *memory) update(g *gathering, reached bool) past {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g.nodes.miss == nil {
		m.see(g.nodes.value, g.now)
	}
	if g.limits.miss == nil && g.limits.value.Window() > 0 {
		m.limits = new(g.limits.value) // a copy: a pointer into g would keep all of it
	}
	maps.DeleteFunc(m.settling, func(_ string, until time.Time) bool { return g.now.After(until) })
	if g.listed.miss == nil || g.swept.miss == nil {
		m.compare(g.asked, g.now)
		m.keys = g.asked
	}
	m.answered = m.answered || reached
	return past{
		gone:      m.gone(g.nodes.value),
		addresses: m.addresses(),
		reached:   m.answered,
		settling:  m.unsettled(g.now),
	}
}

// see remembers the registered nodes and forgets those that are long gone.
func (m *memory) see(nodes []ratelimiter.Node, now time.Time) {
	if !now.Before(m.registryAt) {
		m.registry, m.registryAt = nodes, now
	}
	for _, n := range nodes {
		if !now.Before(m.nodes[n.ID].seen) {
			m.nodes[n.ID] = knownNode{address: n.Address, seen: now}
		}
	}
	if m.forgetAfter > 0 {
		maps.DeleteFunc(m.nodes, func(id string, n knownNode) bool {
			return now.Sub(n.seen) > m.forgetAfter && !slices.Contains(m.expected, id)
		})
	}
	if excess := len(m.nodes) - maxRemembered; excess > 0 {
		ids := slices.SortedFunc(maps.Keys(m.nodes), func(a, b string) int {
			return cmp.Or(m.nodes[a].seen.Compare(m.nodes[b].seen), cmp.Compare(a, b))
		})
		for _, id := range ids[:excess] {
			delete(m.nodes, id)
		}
	}
}

func (m *memory) gone(registered []ratelimiter.Node) map[string]time.Time {
	gone := make(map[string]time.Time)
	for _, id := range m.expected {
		gone[id] = time.Time{}
	}
	for id, n := range m.nodes {
		gone[id] = n.seen
	}
	for _, n := range registered {
		delete(gone, n.ID)
	}
	return gone
}

// addresses prefers, where an address has had several nodes, the latest.
func (m *memory) addresses() map[string]string {
	addresses := make(map[string]string, len(m.nodes))
	for id, n := range m.nodes {
		other, taken := addresses[n.address]
		if !taken || cmp.Or(n.seen.Compare(m.nodes[other].seen), cmp.Compare(other, id)) > 0 {
			addresses[n.address] = id
		}
	}
	return addresses
}

// compare notes the keys whose rule is another than it was: somebody has
// changed it, and what was allowed before says nothing about it.
func (m *memory) compare(keys []keyRule, now time.Time) {
	before := make(map[string]keyRule, len(m.keys))
	for _, k := range m.keys {
		before[k.key] = k
	}
	for _, k := range keys {
		if was, known := before[k.key]; known && was != k {
			m.note(k.key, max(was.window, k.window), now)
		}
	}
}

// settle notes that a key was changed on purpose: for one window its past
// requests say nothing about its present limit.
func (m *memory) settle(key string, window time.Duration, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.note(key, window, now)
}

func (m *memory) note(key string, window time.Duration, now time.Time) {
	if _, known := m.settling[key]; known || len(m.settling) < maxRemembered {
		m.settling[key] = now.Add(window)
	}
}

func (m *memory) unsettled(now time.Time) map[string]bool {
	keys := make(map[string]bool, len(m.settling))
	for key, until := range m.settling {
		if !now.After(until) {
			keys[key] = true
		}
	}
	return keys
}
