//go:build unix

package ratelimiter_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	subject "github.com/operator-ratelimiter/operator-ratelimiter/subject/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// open opens the subject of a stack for the time of a test.
func open(t *testing.T, s stack.Stack) protocol.Subject {
	t.Helper()
	def, err := subject.Definition()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := def.Open(t.Context(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.(interface{ Close() error }).Close() })
	return opened
}

func TestAWholeStack(t *testing.T) {
	t.Parallel() // most of it is waiting for Prometheus
	s := start(t, ``)
	if err := s.Load(within(t), nil); err != nil {
		t.Fatal(err)
	}
	healthy(t, s)
	partsAndLinks(t, s)
	o := everythingHolds(t, s)
	for _, l := range s.Links() {
		if l.Read() == 0 {
			t.Errorf("nothing was read through %s", l.Name())
		}
	}
	needsAreDeclared(t, s)
	if !strings.Contains(o.Summary, "60 counters") {
		t.Errorf("summary = %s, want the 60 keys of the load", o.Summary)
	}
	evidence(t, s)

	if slow, err := s.Witness(within(t)); err != nil {
		t.Errorf("witness: %v, %v", slow, err)
	}

	// A stack that hangs here and there ends all the same.
	if err := s.Redis().Node("redis").Hang(); err != nil {
		t.Fatal(err)
	}
	if err := s.Healthy(within(t)); err == nil {
		t.Error("a stack whose Redis hangs is healthy")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for _, p := range s.Parts() {
		if p.State() != process.Exited {
			t.Errorf("%s: %s", p.Name(), p.State())
		}
	}
}

func partsAndLinks(t *testing.T, s stack.Stack) {
	t.Helper()
	var parts, links []string
	for _, p := range s.Parts() {
		parts = append(parts, p.Name())
	}
	for _, l := range s.Links() {
		links = append(links, l.Name())
		if !strings.HasPrefix(l.Name(), network.Operator) && bytes.Contains(s.Config(), []byte(l.Address())) {
			t.Errorf("the subject looks through %s", l.Name())
		}
	}
	if diff := cmp.Diff([]string{"node-1", "node-2", "node-3", "redis", "prometheus"}, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	want := []string{
		"operator->node-1", "operator->node-2", "operator->node-3", "operator->redis", "operator->prometheus",
		"node-1->redis", "prometheus->node-1", "node-2->redis", "prometheus->node-2", "node-3->redis", "prometheus->node-3",
	}
	if diff := cmp.Diff(want, links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// everythingHolds: a healthy stack is one that the subject finds nothing wrong
// with, and nothing that it cannot know. The machine may be too busy for one
// observation; then the stack was not healthy, and says so.
func everythingHolds(t *testing.T, s stack.Stack) protocol.Observation {
	t.Helper()
	looking := open(t, s)
	ctx := within(t)
	var o protocol.Observation
	if err := wait.For(ctx, "a healthy stack to be found well", func() (bool, error) {
		var err error
		if err = s.Healthy(ctx); err == nil {
			o, err = looking.Observe(ctx)
		}
		return o.Verdict() == protocol.Held, err
	}); err != nil {
		t.Fatalf("%v\n%+v\n%+v", err, o.Violations, o.Unchecked)
	}
	return o
}

func needsAreDeclared(t *testing.T, s stack.Stack) {
	t.Helper()
	def, err := subject.Definition()
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]bool{}
	for _, l := range s.Links() {
		links[l.Name()] = true
	}
	needs := s.Needs()
	for _, inv := range def.Invariants {
		if len(needs[inv.Name]) == 0 {
			t.Errorf("%s needs nothing", inv.Name)
		}
		for _, some := range needs[inv.Name] {
			for _, name := range some {
				if !links[name] {
					t.Errorf("%s needs %s, which there is not", inv.Name, name)
				}
			}
		}
		delete(needs, inv.Name)
	}
	if len(needs) > 0 {
		t.Errorf("there are no invariants %v", needs)
	}
}

func evidence(t *testing.T, s stack.Stack) {
	t.Helper()
	dir := t.TempDir()
	if err := s.WriteEvidence(within(t), dir); err != nil {
		t.Errorf("evidence: %v", err)
	}
	for _, name := range []string{"redis-info.txt", "node-1-nodes.json", "node-3-metrics.txt", "prometheus-targets.json"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	dump, err := os.ReadFile(filepath.Join(dir, "redis.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range bytes.Lines(dump) {
		var key struct {
			Type  string `json:"type"`
			Size  int    `json:"size"`
			TTLMS int    `json:"ttl_ms"`
			Error string `json:"error"`
		}
		if err := json.Unmarshal(line, &key); err != nil || key.Error != "" || key.Size == 0 || key.TTLMS <= 0 {
			t.Errorf("%v in %s", err, line)
		}
		kinds[key.Type]++
	}
	if kinds["zset"] != 60 || kinds["hash"] != 3 {
		t.Errorf("the dump has %v, want 60 counters and 3 registrations", kinds)
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"replica", "tls", "sentinel", "cluster"} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := start(t, `{"nodes": 2, "prometheus": false, "redis": "`+shape+`"}`)
			if err := s.Load(within(t), json.RawMessage(`{"rate": 20}`)); err != nil {
				t.Fatal(err)
			}
			looking := open(t, s)
			ctx := within(t)
			var o protocol.Observation
			if err := wait.For(ctx, "all that needs no Prometheus to be held", func() (bool, error) {
				var err error
				o, err = looking.Observe(ctx)
				for _, name := range []string{
					"node_down", "node_unreachable", "management_unavailable", "redis_disconnected",
					"over_limit", "counter_drift", "stale_counter",
				} {
					if err == nil && o.VerdictOn(name, "") != protocol.Held {
						return false, nil
					}
				}
				return true, err
			}); err != nil {
				t.Errorf("%v\n%+v\n%+v", err, o.Violations, o.Unchecked)
			}
			if _, err := s.Fingerprint(ctx); err != nil {
				t.Error(err)
			}
			if err := s.WriteEvidence(ctx, t.TempDir()); err != nil {
				t.Error(err)
			}
			healthy(t, s)
		})
	}
}

func TestStartRefuses(t *testing.T) {
	cases := map[string]struct{ reason, topology, want string }{
		"Unknown": {"A field that there is not is named.", `{"node": 3}`, "node"},
		"Shape":   {"So is a shape.", `{"redis": "ring"}`, "ring"},
		"Nodes":   {"There has to be somebody to start.", `{"nodes": -1, "prometheus": false}`, "nodes: want at least 1, not -1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			s, err := system(t).Start(within(t), stack.Options{Topology: json.RawMessage(tc.topology)})
			if err == nil {
				_ = s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nafter %s: error = %v", tc.reason, time.Since(begin), err)
			}
		})
	}
}

// TestManyChecks: a thousand a second over five nodes, and no key at its limit.
func TestManyChecks(t *testing.T) {
	s := start(t, `{"nodes": 5, "prometheus": false}`)
	ctx := within(t)
	if err := s.Load(ctx, json.RawMessage(`{"rate": 1000}`)); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(ctx, "3,000 checks", func() (bool, error) {
		names, err := s.Redis().Admin().Keys(ctx, "ratelimit:busy:*:*").Result()
		total := int64(0)
		for _, name := range names {
			if !strings.HasSuffix(name, ":seq") {
				n, err := s.Redis().Admin().ZCard(ctx, name).Result()
				if err != nil {
					return false, err
				}
				total += n
			}
		}
		return total >= 3000, err
	}); err != nil {
		t.Fatal(err)
	}
	healthy(t, s)
	if err := s.Load(ctx, json.RawMessage(`{"rate": 5, "keys": ["a/b"], "limit": 1000}`)); err != nil {
		t.Fatal(err)
	}
	if prints, err := s.Fingerprint(ctx); err != nil || prints["a/b"] != "limit 1000 in 1m0s" || prints["busy:4000:1"] != "limit 4000 in 1m0s" {
		t.Errorf("fingerprint = %v, %v", prints, err)
	}
}

var _ stack.Witness = (*ratelimiter.Stack)(nil)
