package ratelimiter

import (
	"slices"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestJudgeLimits(t *testing.T) {
	inRedis := func(i int, change func(*redis.Counter)) func(*gathering) {
		return func(g *gathering) { change(&g.swept.value.Counters[i]) }
	}
	unread := &failure.Error{Op: "ZCARD", Class: failure.WrongType}
	runJudgements(t, map[string]judgement{
		"AtLimit": {
			reason: "above, not at", want: []string{},
			change: func(g *gathering) { g.swept.value.Counters[0].InForce, g.listed.value[0].Count = 10, 10 },
		},
		"OverLimit": {
			reason: "by the default limit; the API has not noticed yet",
			change: inRedis(0, func(c *redis.Counter) { c.InForce, c.Count = 11, 11 }),
			want:   []string{"broken over_limit a: 11 requests in the last 1m, its limit is 10"},
		},
		"ExpiredMembers": {
			reason: "members that have left the window do not count", want: []string{},
			change: inRedis(0, func(c *redis.Counter) { c.Count = 5000 }),
		},
		"OwnLimit": {
			reason: "its own limit counts, whatever the API's list says",
			change: inRedis(2, func(c *redis.Counter) { c.Own.Limit = 59 }),
			want:   []string{"broken over_limit own: 60 requests in the last 1s, its limit is 59"},
		},
		"LimitZero": {
			reason: "any request is one too many",
			change: func(g *gathering) {
				g.limits.value.DefaultLimit = 0
				for i := range 2 {
					g.listed.value[i].Limit, g.listed.value[i].Remaining = 0, 0
				}
				g.swept.value.Counters[0].InForce = 1
				g.swept.value.Counters[1].InForce = 0
			},
			want: []string{"broken over_limit a: 1 request in the last 1m, its limit is 0"},
		},
		"ByTheAPIAlone": {
			reason: "without Redis in the configuration, the API's complete list tells of limits and of nothing else",
			change: func(g *gathering) {
				g.lose(sourceStored, protocol.SourceNotConfigured)
				g.listed.value[0].Count = 12
			},
			want: []string{
				"broken over_limit a: 12 requests in its window, its limit is 10",
				"unknown ghost_allowing a (redis/counters): its window is not known, as the counter was not read in Redis",
				"unknown ghost_allowing b (redis/counters): its window is not known, as the counter was not read in Redis",
				"unknown ghost_allowing own (redis/counters): its window is not known, as the counter was not read in Redis",
				"unknown counter_drift (redis/counters): redis/counters is not_configured",
				"unknown stale_counter (redis/counters): redis/counters is not_configured",
			},
		},
		"UnreadKey": {
			reason: "one key that is not a counter is unknown, and no more",
			change: func(g *gathering) {
				g.swept.value.Counters[0] = redis.Counter{Key: "a", Err: unread}
			},
			want: []string{
				"unknown over_limit a (redis/counters): ZCARD: wrong type",
				"unknown ghost_allowing a (management/limits): its window is not known",
				"unknown counter_drift a (redis/counters): ZCARD: wrong type",
				"unknown stale_counter a (redis/counters): ZCARD: wrong type",
			},
		},
		"UnlistedUnreadKey": {
			reason: "its limit is not known either",
			change: func(g *gathering) {
				g.swept.value.Counters = append(g.swept.value.Counters, redis.Counter{Key: "c", Err: unread})
			},
			want: []string{
				"unknown over_limit c (redis/counters): ZCARD: wrong type",
				"unknown ghost_allowing c (redis/counters): the counter was not read",
				"unknown counter_drift c (redis/counters): ZCARD: wrong type",
				"unknown stale_counter c (redis/counters): ZCARD: wrong type",
			},
		},
		"WindowChanged": {
			reason: "counted over a window that is no longer the default",
			change: func(g *gathering) { g.window = 30 * time.Second },
			want: []string{
				"unknown over_limit a (management/limits): the default window changed while the counters were read",
				"unknown over_limit b (management/limits): the default window changed while the counters were read",
				"unknown counter_drift a (management/limits): the default window changed while the counters were read",
				"unknown counter_drift b (management/limits): the default window changed while the counters were read",
			},
		},
		"NoLimitKnown": {
			reason: "neither the API's list nor its default is known",
			change: func(g *gathering) {
				g.lose(sourceCounters, protocol.SourceFailing)
				g.lose(sourceLimits, protocol.SourceFailing)
				g.swept.value.Counters = g.swept.value.Counters[:1]
			},
			want: []string{
				"unknown over_limit a (management/limits): the default window is not known: management/limits is failing",
				"unknown ghost_allowing a (management/limits): the default limit is not known: management/limits is failing",
				"unknown counter_drift (management/counters): management/counters is failing",
			},
		},
		"Stale": {
			reason: "no expiry",
			change: inRedis(1, func(c *redis.Counter) { c.NoExpiry = true }),
			want:   []string{"broken stale_counter b: it has no expiry: it holds 3 requests until somebody resets it"},
		},
		"NotReadInRedis": {
			reason: "Redis was read, but not for this key",
			change: func(g *gathering) {
				g.listed.value = append(g.listed.value, ratelimiter.Counter{Key: "c", Count: 1, Limit: 10, Remaining: 9})
			},
			want: []string{
				"unknown ghost_allowing c (redis/counters): its window is not known, as the counter was not read in Redis",
				"unknown counter_drift c (redis/counters): the counter was not read in Redis",
				"unknown stale_counter c (redis/counters): the counter was not read",
			},
		},
	})
}

func TestJudgePartOfTheKeyspace(t *testing.T) {
	part := func(l leg) func(*gathering) {
		return func(g *gathering) {
			l.Counters = g.swept.value.Counters
			g.swept.value = l
		}
	}
	far := redis.Progress{Swept: 50_000, Total: new(int64(200_000))}
	following := redis.Progress{Following: true}
	const (
		progress = "not every counter was read yet: the sweep is at 50000 of about 200000 keys; redis.budget bounds what one observation reads"
		more     = "there are more counters than one observation reads"
		broke    = "not every counter is known: 3 counters read, then: PING: unreachable"
		tooMany  = "more counters are wrong than are looked after (1000)"
		behind   = "7 counters changed and could not be read yet; redis.budget bounds what one observation reads"
	)
	all := func(why string) []string {
		return []string{
			"unknown over_limit (redis/counters): " + why,
			"unknown ghost_allowing (redis/counters): " + why,
			"unknown counter_drift (redis/counters): " + why,
			"unknown stale_counter (redis/counters): " + why,
		}
	}
	compared := []string{"unknown ghost_allowing (redis/counters): " + more, "unknown counter_drift (redis/counters): " + more}
	runJudgements(t, map[string]judgement{
		"OneLeg": {reason: "what was not read is unknown", change: part(leg{Progress: far}), want: all(progress)},
		"OneLegAgain": {
			reason: "and it says why it is read once more",
			change: func(g *gathering) {
				part(leg{Progress: redis.Progress{Swept: 3, Again: "the database was flushed"}})(g)
			},
			want: all("not every counter was read yet: the sweep is at 3 keys, begun as the database was flushed; redis.budget bounds what one observation reads"),
		},
		"OneLegWithViolation": {
			reason: "what was read is judged",
			change: func(g *gathering) {
				part(leg{Progress: far})(g)
				g.swept.value.Counters[0].NoExpiry = true
			},
			want: slices.Concat([]string{"broken stale_counter a: it has no expiry: it holds 5 requests until somebody resets it"}, all(progress)),
		},
		"Known": {
			reason: "each counter has been read, and those that were wrong now; who counts what can be told only of those read now",
			change: part(leg{known: true, rule: byDefault, Progress: following}),
			want:   compared,
		},
		"KnownByAnotherLimit": {
			reason: "the default limit has changed since the others were read",
			change: part(leg{known: true, rule: &ratelimiter.Limits{DefaultLimit: 11, DefaultWindowMS: 60_000}, Progress: following}),
			want: slices.Concat(
				[]string{"unknown over_limit (management/limits): the default limit changed while the counters were read"}, compared),
		},
		"KnownByNoLimit": {
			reason: "nobody had told the default limit when they were read",
			change: part(leg{known: true, Progress: following}),
			want: slices.Concat(
				[]string{"unknown over_limit (management/limits): the default limit changed while the counters were read"}, compared),
		},
		"Behind": {
			reason: "some have changed since they were read",
			change: part(leg{rule: byDefault, Progress: redis.Progress{Following: true, Behind: 7}}),
			want:   all(behind),
		},
		"TooManyWrong": {
			reason: "more were wrong on the way than are looked after",
			change: part(leg{lost: true, rule: byDefault, Progress: following}),
			want:   all(tooMany),
		},
		"Broke": {
			reason: "it is not the budget that ended it",
			change: part(leg{broke: "3 counters read, then: PING: unreachable"}),
			want:   all(broke),
		},
	})
}

// byDefault is the default limit of what is well.
var byDefault = &ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60_000}

func TestJudgeDrift(t *testing.T) {
	drift := func(d driftCase) func(*gathering) {
		return func(g *gathering) { g.drifts = map[string]driftCase{"a": d} }
	}
	runJudgements(t, map[string]judgement{
		"WithinThreshold": {reason: "5 is not more than 5", change: drift(driftCase{reported: 15, low: 10, high: 10}), want: []string{}},
		"Above": {
			reason: "the API counts more", change: drift(driftCase{reported: 16, low: 5, high: 10}),
			want: []string{"broken counter_drift a: the API counts 16, Redis 5 to 10: 6 apart"},
		},
		"Below": {
			reason: "the API counts less", change: drift(driftCase{reported: 0, low: 7, high: 7}),
			want: []string{"broken counter_drift a: the API counts 0, Redis 7: 7 apart"},
		},
		"NoText": {
			reason: "the API can list neither a key that is no text nor the one that it lists it as",
			change: func(g *gathering) {
				for _, key := range []string{"no\xfftext", "no\ufffdtext"} {
					g.swept.value.Counters = append(g.swept.value.Counters, stored(key, 2))
				}
				g.listed.value = append(g.listed.value,
					ratelimiter.Counter{Key: "no\ufffdtext", Count: 9, Limit: 10, Remaining: 1},
					ratelimiter.Counter{Key: "no\ufffdtext", Count: 2, Limit: 10, Remaining: 8})
				g.allowed.asked["no\ufffdtext"], g.allowed.counts["no\ufffdtext"] = time.Minute, 2
			},
			want: []string{
				`unknown ghost_allowing "no\xfftext" (prometheus/allowed): no label can hold this key, so nobody counts what was allowed for it`,
				`unknown counter_drift "no\xfftext" (management/counters): the API, whose JSON carries text only, lists this key as it lists others`,
				"unknown counter_drift no\ufffdtext (management/counters): the API, whose JSON carries text only, lists this key as it lists others",
			},
		},
		"NoTextOverItsLimit": {
			reason: "it has a name of its own, which text can carry, also where another key has the first that comes to mind",
			change: func(g *gathering) {
				g.swept.value.Counters = append(g.swept.value.Counters, stored("\xff", 11), stored("\ufffd", 1), stored(`"\xff"`, 12))
				g.listed.miss = missOf(sourceCounters, protocol.SourceTimeout)
				for _, key := range []string{"\ufffd", `"\xff"`} {
					g.allowed.asked[key], g.allowed.counts[key] = time.Minute, 2
				}
			},
			want: []string{
				`broken over_limit "\xff": 12 requests in the last 1m, its limit is 10`,
				`broken over_limit "\xff" (no text): 11 requests in the last 1m, its limit is 10`,
				`unknown ghost_allowing "\xff" (no text) (prometheus/allowed): no label can hold this key, so nobody counts what was allowed for it`,
				"unknown counter_drift (management/counters): management/counters is timeout",
			},
		},
		"ReplacementCharacter": {
			reason: "U+FFFD is a letter like any other where no key is taken for it",
			change: func(g *gathering) {
				g.swept.value.Counters = append(g.swept.value.Counters, stored("\ufffd", 2))
				g.allowed.asked["\ufffd"], g.allowed.counts["\ufffd"] = time.Minute, 2
			},
			want: []string{},
		},
		"Unconfirmed": {
			reason: "what differed and could not be measured again is unknown",
			change: drift(driftCase{unconfirmed: &doubt{sourceStored, "too many"}}),
			want:   []string{"unknown counter_drift a (redis/counters): too many"},
		},
		"MoreThanTheAPILists": {
			reason: "the API lists 100 and there may be more",
			change: func(g *gathering) {
				for len(g.listed.value) < listBound {
					key := string(rune('A' + len(g.listed.value)))
					g.listed.value = append(g.listed.value, ratelimiter.Counter{Key: key, Limit: 10, Remaining: 10})
					g.swept.value.Counters = append(g.swept.value.Counters, redis.Counter{Key: key})
					g.allowed.asked[key], g.allowed.counts[key] = time.Minute, 0
				}
			},
			want: []string{"unknown counter_drift (management/counters): the API lists at most 100 counters; the others cannot be compared"},
		},
	})
}
