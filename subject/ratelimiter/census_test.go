package ratelimiter

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func newTestCensus(rule *ratelimiter.Limits) *census {
	return &census{rule: rule, worst: newWorst(2), wrong: make(map[string]struct{})}
}

// TestAssess: what the census takes for wrong has to be what the judges call
// broken or unknown, for it is all that they get to see.
func TestAssess(t *testing.T) {
	ten := &ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60_000}
	own := func(limit int64) func(*redis.Counter) {
		return func(c *redis.Counter) { c.Own = &redis.Limit{Limit: limit} }
	}
	for name, tc := range map[string]struct {
		reason string
		rule   *ratelimiter.Limits
		count  int64
		change func(c *redis.Counter)
		load   float64
		wrong  bool
	}{
		"Well":          {"below the default", ten, 5, nil, 0.5, false},
		"Full":          {"a limit may be used", ten, 10, nil, 1, false},
		"Over":          {"more than the default", ten, 11, nil, 1.1, true},
		"OwnWell":       {"its own limit is in force", ten, 11, own(100), 0.11, false},
		"OwnOver":       {"its own limit is in force", ten, 5, own(4), 1.25, true},
		"OwnZero":       {"one request is more than none", ten, 1, own(0), 1, true},
		"OwnZeroUnused": {"none is none", ten, 0, own(0), 0, false},
		"Stale":         {"it never drains", ten, 5, func(c *redis.Counter) { c.NoExpiry = true }, 0.5, true},
		"NotRead":       {"it may be anything", ten, 0, func(c *redis.Counter) { c.Err = unanswered(failure.Timeout) }, -1, true},
		"NoRule":        {"nobody has told the default: the judges say unknown of all", nil, 50, nil, 0, false},
		"NoRuleOwn":     {"its own needs no default", nil, 50, own(4), 12.5, true},
		"NoRuleStale":   {"nor does its expiry", nil, 5, func(c *redis.Counter) { c.NoExpiry = true }, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := stored("k", tc.count)
			if tc.change != nil {
				tc.change(&c)
			}
			if load, wrong := newTestCensus(tc.rule).assess(&c); load != tc.load || wrong != tc.wrong {
				t.Errorf("%s: load %v, wrong %t; want %v, %t", tc.reason, load, wrong, tc.load, tc.wrong)
			}
		})
	}
}

// TestReading keeps what somebody will look at: what was asked for, what is wrong,
// and the two closest to their limits.
func TestReading(t *testing.T) {
	c := newTestCensus(&ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60_000})
	r := newReading(c, []string{"asked", "gone"})
	for _, counter := range []redis.Counter{
		stored("asked", 1), stored("a", 2), stored("b", 3), stored("over", 11), stored("c", 4), stored("d", 5),
		{Key: "gone"},
		{Key: "nobody"},
	} {
		r.take(counter)
	}
	keys := make(map[string]bool)
	for key := range r.read {
		keys[key] = true
	}
	if diff := cmp.Diff(map[string]bool{"asked": true, "gone": true, "over": true, "d": true}, keys); diff != "" {
		t.Errorf("kept: -want +got:\n%s", diff)
	}
	if _, wrong := c.wrong["over"]; !wrong || len(c.wrong) != 1 || !c.worst.full {
		t.Errorf("wrong are %v, full %t", c.wrong, c.worst.full)
	}
	r.take(stored("over", 10))
	r.take(redis.Counter{Key: "d"})
	if len(c.wrong) != 0 || c.bytes != 0 || c.worst.holds("d") {
		t.Errorf("wrong are %v, worst %v: what is well, or gone, is looked after", c.wrong, c.worst.place)
	}
}

// TestReadingLosesCount: what cannot be looked after must not be taken for well.
func TestReadingLosesCount(t *testing.T) {
	c := newTestCensus(&ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60_000})
	r := newReading(c, nil)
	for i := range maxWrong {
		r.take(stored(fmt.Sprint(i), 11))
	}
	if r.lost {
		t.Errorf("%d wrong counters are too many", maxWrong)
	}
	r.take(stored("one more", 11))
	if !r.lost {
		t.Error("one more is not too many")
	}
}

// TestEndOfAStep: what a step comes to.
func TestEndOfAStep(t *testing.T) {
	failed := unanswered(failure.Timeout)
	is := redis.Counter{Key: "k\n", InForce: 5}
	for name, tc := range map[string]struct {
		reason       string
		leg          leg
		err          error
		full         bool
		known, whole bool
		broke        string
	}{
		"Part":      {reason: "a part is not all", leg: leg{Progress: redis.Progress{Fresh: true}}},
		"Swept":     {reason: "a sweep has ended", leg: leg{Progress: redis.Progress{Complete: true}}, known: true, whole: true},
		"Followed":  {reason: "all that changed was read", leg: leg{Progress: redis.Progress{Following: true}}, known: true, whole: true},
		"Large":     {reason: "there are more than are read", leg: leg{Progress: redis.Progress{Following: true}}, full: true, known: true},
		"Behind":    {reason: "not all that changed was read", leg: leg{Progress: redis.Progress{Complete: true, Following: true, Behind: 1}}},
		"Lost":      {reason: "some that are wrong are not here", leg: leg{lost: true, Progress: redis.Progress{Following: true}}},
		"Failed":    {reason: "it broke off", leg: leg{Progress: redis.Progress{Following: true}}, err: failed},
		"Untold":    {reason: "Redis did not tell of a change", leg: leg{Progress: redis.Progress{Following: true, Differences: 1, Difference: &redis.Difference{Is: is}}}, broke: `Redis did not tell that "k\n" changed (0 in force, then 5; 1 such so far); all counters are read again`},
		"ToldSince": {reason: "the difference is an old one", leg: leg{Progress: redis.Progress{Following: true, Differences: 0, Difference: &redis.Difference{Is: is}}}, known: true, whole: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestCensus(nil)
			c.worst.full = tc.full
			got, err := c.end(tc.leg, tc.err)
			if got.known != tc.known || got.whole != tc.whole || got.broke != tc.broke || !errors.Is(err, tc.err) {
				t.Errorf("%s: known %t, whole %t, broke %q, %v", tc.reason, got.known, got.whole, got.broke, err)
			}
		})
	}
}

// TestContradict: a list that is shorter than what was found is a reason to look
// again only where it is not the list that was taken a moment later.
func TestContradict(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		leg    redis.Progress
		want   bool
	}{
		"NeverSwept":   {"nothing was found yet", redis.Progress{}, false},
		"JustSwept":    {"counters come and go", redis.Progress{Following: true, Last: &redis.FullPass{Ended: time.Now()}}, false},
		"Sweeping":     {"it is being read anyway", redis.Progress{Last: &redis.FullPass{Ended: time.Now().Add(-time.Hour)}}, false},
		"LongFollowed": {"most have gone since", redis.Progress{Following: true, Last: &redis.FullPass{Ended: time.Now().Add(-time.Hour)}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestCensus(nil)
			c.contradict(leg{Progress: tc.leg})
			if c.fewer != tc.want {
				t.Errorf("%s: it is %t that all are read again", tc.reason, c.fewer)
			}
		})
	}
}
