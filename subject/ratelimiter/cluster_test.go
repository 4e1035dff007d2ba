package ratelimiter

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// rig is a real cluster under load, and the subject that observes it.
type rig struct {
	t   *testing.T
	c   *cluster.Cluster
	s   *Subject
	rdb *goredis.Client
}

// newRig starts a cluster under load, and opens a subject for it. Its windows
// are short unless told otherwise, so that what has happened is over soon.
func newRig(t *testing.T, o cluster.Options) *rig {
	t.Helper()
	binary, err := build.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.NodeBinary, o.ScrapeInterval = binary, 250*time.Millisecond
	if o.DefaultWindow == 0 {
		o.DefaultWindow = 10 * time.Second
	}
	c := cluster.New(t, o)
	if _, err := c.Load(t.Context(), cluster.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, c: c, rdb: goredis.NewClient(&goredis.Options{Addr: c.RedisAddr()})}
	t.Cleanup(func() { _ = r.rdb.Close() })
	r.s = r.open(nil)
	return r
}

// open opens a subject for the cluster, with further fields of configuration.
func (r *rig) open(fields map[string]any) *Subject {
	r.t.Helper()
	config := map[string]any{
		"management": map[string]any{"urls": r.c.ManagementURLs()},
		"redis":      map[string]any{"url": r.c.RedisURL()},
		"prometheus": map[string]any{"url": r.c.PrometheusURL(), "rate_window": "3s"},
	}
	maps.Copy(config, fields)
	doc, err := json.Marshal(config)
	if err != nil {
		r.t.Fatal(err)
	}
	return open(r.t, string(doc))
}

// until observes until the observation is as wanted, and returns it.
func (r *rig) until(t *testing.T, what string, wanted func(o protocol.Observation) bool) protocol.Observation {
	t.Helper()
	return r.untilOf(t, r.s, what, wanted)
}

// untilOf is the same by another subject.
func (r *rig) untilOf(t *testing.T, s *Subject, what string, wanted func(o protocol.Observation) bool) protocol.Observation {
	t.Helper()
	var o protocol.Observation
	err := wait.For(t.Context(), what, func() (bool, error) {
		o = observe(t, s)
		if wanted(o) {
			return true, nil
		}
		return false, fmt.Errorf("%q", verdicts(o))
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// untilHeld waits until everything is known and well, and stays so for a moment.
func (r *rig) untilHeld(t *testing.T) protocol.Observation {
	t.Helper()
	return r.until(t, "every invariant to hold", func(o protocol.Observation) bool { return o.Verdict() == protocol.Held })
}

func (r *rig) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expect compares an observation's verdicts that are not "held".
func expect(t *testing.T, o protocol.Observation, want map[string]protocol.Verdict) {
	t.Helper()
	if diff := cmp.Diff(want, unjudged(o)); diff != "" {
		t.Errorf("-want +got:\n%s\n%s", diff, o.Summary)
		for _, line := range verdicts(o) {
			t.Log(line)
		}
	}
}

// withoutRedis are the verdicts while neither we nor the nodes reach Redis.
func withoutRedis() map[string]protocol.Verdict {
	want := map[string]protocol.Verdict{redisDisconnected: protocol.Broken}
	for _, name := range []string{nodeDown, nodeUnreachable, highLatency, overLimit, ghostAllowing, counterDrift, staleCounter} {
		want[name] = protocol.Unknown
	}
	return want
}

// withoutPrometheus are the verdicts while Prometheus does not answer.
func withoutPrometheus() map[string]protocol.Verdict {
	return map[string]protocol.Verdict{metricsUnavailable: protocol.Broken, highLatency: protocol.Unknown, ghostAllowing: protocol.Unknown}
}

// withoutManagement are the verdicts while no node answers, but Redis does.
func withoutManagement() map[string]protocol.Verdict {
	want := map[string]protocol.Verdict{managementUnavailable: protocol.Broken}
	for _, name := range []string{nodeDown, nodeUnreachable, highLatency, overLimit, ghostAllowing, counterDrift} {
		want[name] = protocol.Unknown
	}
	return want
}
