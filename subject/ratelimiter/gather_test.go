package ratelimiter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestTakeProbes(t *testing.T) {
	ok, dead := probe{address: "a:1", conclusive: true}, probe{address: "a:1", err: unanswered(failure.Unreachable), conclusive: true}
	miss := missOf(sourceHealth, protocol.SourceDeadline)
	asked := []ratelimiter.Node{{ID: "a", Address: "a:1"}}
	cases := map[string]struct {
		reason     string
		registered string // the address of node a, which is asked at a:1; empty if it is gone
		results    answer[map[string]probe]
		want       map[string]string // address, and what is known
		reached    bool
	}{
		"Well":       {"it answered", "a:1", answer[map[string]probe]{value: map[string]probe{"a": ok}}, map[string]string{"a": "well"}, true},
		"Dead":       {"it did not", "a:1", answer[map[string]probe]{value: map[string]probe{"a": dead}}, map[string]string{"a": "unreachable"}, false},
		"Moved":      {"asked at an address that is no longer its", "a:2", answer[map[string]probe]{value: map[string]probe{"a": ok}}, map[string]string{}, true},
		"Gone":       {"somebody answered from here all the same", "", answer[map[string]probe]{value: map[string]probe{"a": ok}}, map[string]string{}, true},
		"CutShort":   {"nobody was asked to the end", "a:1", answer[map[string]probe]{miss: miss}, map[string]string{"a": "unknown"}, false},
		"OneTooMany": {"it was not asked", "a:1", answer[map[string]probe]{value: map[string]probe{}}, map[string]string{}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := &gathering{health: make(map[string]probe)}
			if tc.registered != "" {
				g.nodes.value = []ratelimiter.Node{{ID: "a", Address: tc.registered}}
			}
			reached := g.takeProbes(asked, tc.results)
			got := make(map[string]string)
			for id, p := range g.health {
				switch {
				case p.err == nil:
					got[id] = "well"
				case p.conclusive:
					got[id] = "unreachable"
				default:
					got[id] = "unknown"
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || reached != tc.reached {
				t.Errorf("%s: reached %t, want %t; -want +got:\n%s", tc.reason, reached, tc.reached, diff)
			}
		})
	}
}

func TestSuspects(t *testing.T) {
	unread := redis.Counter{Key: "x", Err: &failure.Error{Class: failure.WrongType}}
	with := func(listed int64, c redis.Counter) func(*gathering) {
		return func(g *gathering) {
			c.Key = "x"
			g.swept.value.Counters = append(g.swept.value.Counters, c)
			if listed >= 0 {
				g.listed.value = append(g.listed.value, ratelimiter.Counter{Key: "x", Count: listed, Limit: 10})
			}
		}
	}
	cases := map[string]struct {
		reason string
		change func(g *gathering)
		want   []string
	}{
		"Same":               {"nothing differs", func(*gathering) {}, []string{}},
		"WithinThreshold":    {"by 5", with(15, stored("x", 10)), []string{}},
		"More":               {"the API has more", with(16, stored("x", 10)), []string{"x"}},
		"Less":               {"the API has less", with(4, stored("x", 10)), []string{"x"}},
		"AllMembers":         {"the API counts expired members too", with(90, redis.Counter{Present: true, Count: 90, InForce: 3}), []string{}},
		"NotListed":          {"a complete list that leaves it out says 0", with(-1, stored("x", 6)), []string{"x"}},
		"NotStored":          {"Redis has none", with(6, redis.Counter{}), []string{"x"}},
		"NotReadable":        {"nothing to compare", with(60, unread), []string{}},
		"UnknownWindow":      {"counted over another window", func(g *gathering) { with(60, stored("x", 6))(g); g.window = time.Second }, []string{}},
		"OwnWindow":          {"its own window is known", func(g *gathering) { g.listed.value[2].Count = 6; g.lose(sourceLimits, protocol.SourceTimeout) }, []string{"own"}},
		"ListNotRead":        {"no list says nothing", func(g *gathering) { with(-1, stored("x", 60))(g); g.lose(sourceCounters, protocol.SourceTimeout) }, []string{}},
		"FurthestApartFirst": {"the worst is measured first", func(g *gathering) { g.listed.value[0].Count, g.listed.value[1].Count = 50, 60 }, []string{"b", "a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := well()
			tc.change(g)
			g.collect(answer[[]redis.Counter]{})
			if diff := cmp.Diff(tc.want, g.suspects(5)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMeasure(t *testing.T) {
	listed := func(n int64) []ratelimiter.Counter { return []ratelimiter.Counter{{Key: "x", Count: n}} }
	full := make([]ratelimiter.Counter, listBound)
	cases := map[string]struct {
		reason        string
		before, after redis.Counter
		listed        []ratelimiter.Counter
		want          int64 // apart
		unconfirmed   bool
	}{
		"Between":     {"traffic between the two readings", stored("x", 10), stored("x", 60), listed(40), 0, false},
		"Falling":     {"the window drains", stored("x", 60), stored("x", 10), listed(40), 0, false},
		"Above":       {"more than ever was", stored("x", 10), stored("x", 20), listed(30), 10, false},
		"Below":       {"less than ever was", stored("x", 10), stored("x", 20), listed(3), 7, false},
		"AllMembers":  {"expired members may be counted", redis.Counter{Present: true, Count: 50, InForce: 10}, stored("x", 10), listed(50), 0, false},
		"Reset":       {"reset between the readings", stored("x", 10), redis.Counter{}, nil, 0, false},
		"NotListed":   {"a complete list without it says 0", stored("x", 10), stored("x", 12), nil, 10, false},
		"ListIsFull":  {"a full list without it says nothing", stored("x", 10), stored("x", 12), full, 0, true},
		"NotReadable": {"Redis did not tell", stored("x", 10), redis.Counter{Err: unanswered(failure.Timeout)}, listed(90), 0, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := measure("x", tc.before, tc.listed, tc.after)
			if (d.unconfirmed != nil) != tc.unconfirmed {
				t.Fatalf("%s: unconfirmed: %+v", tc.reason, d.unconfirmed)
			}
			if got := beyond(d.reported, d.low, d.high); !tc.unconfirmed && got != tc.want {
				t.Errorf("%s: %d apart, want %d", tc.reason, got, tc.want)
			}
		})
	}
}

func TestCollect(t *testing.T) {
	g := well()
	g.collect(answer[[]redis.Counter]{value: []redis.Counter{stored("a", 7), {Key: "gone"}, stored("new", 1)}})
	if g.counters["a"].stored.Count != 7 || g.counters["a"].listed.Count != 5 {
		t.Errorf("a is %+v; what was read last counts", g.counters["a"])
	}
	if g.counters["gone"] != nil || g.counters["new"] == nil {
		t.Error("a key that is nowhere is no counter, one that was found is")
	}
	g.collect(answer[[]redis.Counter]{miss: missOf(sourceStored, protocol.SourceTimeout)})
	if g.swept.miss == nil || g.counters["a"].stored == nil {
		t.Error("Redis was read in part: what was read counts, and not as the whole")
	}
	first := &kit.Miss{Message: "first"}
	g.swept.miss = first
	g.collect(answer[[]redis.Counter]{miss: missOf(sourceStored, protocol.SourceTimeout)})
	if g.swept.miss != first {
		t.Errorf("Redis is not read because of %v, want the first reason", g.swept.miss)
	}
}

// TestAllowedBatches: a query for each window, and only so many.
func TestAllowedBatches(t *testing.T) {
	var keys []keyRule
	for i := range 2 * maxAllowedQueries {
		keys = append(keys,
			keyRule{key: string(rune('a' + i)), window: time.Duration(i+1) * time.Second},
			keyRule{key: string(rune('A' + i)), window: time.Duration(i+1) * time.Second})
	}
	batches := allowedBatches(keys)
	if len(batches) != maxAllowedQueries {
		t.Fatalf("%d queries, want %d", len(batches), maxAllowedQueries)
	}
	if diff := cmp.Diff([]string{"a", "A"}, batches[0].keys); diff != "" || batches[0].window != time.Second {
		t.Errorf("the first is over %s: -want +got:\n%s", batches[0].window, diff)
	}
}
