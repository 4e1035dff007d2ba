package ratelimiter

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// TestLayout: what is told of a stack beforehand is what there is of it then, in
// every shape of Redis.
func TestLayout(t *testing.T) {
	for _, shape := range redisset.Shapes() {
		t.Run(string(shape), func(t *testing.T) {
			top := defaultTopology()
			top.Redis, top.Prometheus = string(shape), shape != redisset.Replica
			raw, err := json.Marshal(map[string]any{"redis": shape, "prometheus": top.Prometheus})
			if err != nil {
				t.Fatal(err)
			}
			told, err := layout(raw)
			if err != nil {
				t.Fatal(err)
			}
			s := unwired(t, top)
			var links []stack.LayoutLink
			for _, l := range s.Links() {
				links = append(links, stack.LayoutLink{From: l.From(), To: l.To(), HTTP: l.HTTP()})
			}
			if diff := cmp.Diff(links, told.Links); diff != "" {
				t.Errorf("links (-there +told):\n%s", diff)
			}
			parts := s.NodeNames()
			for _, n := range s.redis.Parts() {
				parts = append(parts, n.Name())
			}
			if top.Prometheus {
				parts = append(parts, partPrometheus)
			}
			if diff := cmp.Diff(parts, told.Parts); diff != "" {
				t.Errorf("parts (-there +told):\n%s", diff)
			}
			for _, k := range kinds() {
				if k.On != stack.OnNothing || !strings.HasPrefix(k.Name, "redis_") {
					continue
				}
				f, err := k.New(s, "", nil)
				if err != nil {
					t.Fatal(err)
				}
				why, missing := told.Missing[k.Name]
				if err := f.Available(); (err != nil) != missing || err != nil && !strings.Contains(err.Error(), why) {
					t.Errorf("%s: %v, told %q", k.Name, err, why)
				}
			}
		})
	}
}

// TestLayoutOnly: the parts that a kind is limited to exist, and so do the kinds.
func TestLayoutOnly(t *testing.T) {
	told, err := layout(nil)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, k := range kinds() {
		names[k.Name] = true
	}
	for kind := range told.Only {
		if !names[kind] {
			t.Errorf("there is no kind %q", kind)
		}
	}
	for _, shape := range redisset.Shapes() {
		told, err := layout(json.RawMessage(`{"redis":"` + string(shape) + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		for kind := range told.Missing {
			if !names[kind] {
				t.Errorf("%s: there is no kind %q", shape, kind)
			}
		}
	}
	if _, err := layout(json.RawMessage(`{"registration_ttl":"1ns"}`)); err == nil {
		t.Error("a topology that makes no sense has a layout")
	}
}
