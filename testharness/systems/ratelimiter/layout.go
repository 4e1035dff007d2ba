package ratelimiter

import (
	"encoding/json"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/redisfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// layout is System.Layout.
func layout(raw json.RawMessage) (stack.Layout, error) {
	t, err := parseTopology(raw)
	if err != nil {
		return stack.Layout{}, err
	}
	nodes := t.nodeNames()
	l := stack.Layout{
		Parts:   slices.Concat(nodes, redisset.Shape(t.Redis).Parts()),
		Links:   t.links(),
		Missing: redisfault.Missing(redisset.Shape(t.Redis)),
		Only:    map[string][]string{"registry_vanished": nodes, "clock_skew": nodes},
	}
	if t.Prometheus {
		l.Parts = append(l.Parts, partPrometheus)
	}
	return l, nil
}

// nodeNames are the names of the nodes.
func (t topology) nodeNames() []string {
	names := make([]string, t.Nodes)
	for i := range names {
		names[i] = nodeName(i + 1)
	}
	return names
}

// links are the connections that go through the harness. In the shapes of Redis
// whose clients learn addresses by themselves there are none to it.
func (t topology) links() []stack.LayoutLink {
	var links []stack.LayoutLink
	for _, node := range t.nodeNames() {
		links = append(links, stack.LayoutLink{From: network.Operator, To: node, HTTP: true})
	}
	linkable := redisset.Shape(t.Redis).Linkable()
	if linkable {
		links = append(links, stack.LayoutLink{From: network.Operator, To: partRedis})
	}
	if t.Prometheus {
		links = append(links, stack.LayoutLink{From: network.Operator, To: partPrometheus, HTTP: true})
	}
	for _, node := range t.nodeNames() {
		if linkable {
			links = append(links, stack.LayoutLink{From: node, To: partRedis})
		}
		if t.Prometheus {
			links = append(links, stack.LayoutLink{From: partPrometheus, To: node, HTTP: true})
		}
	}
	return links
}
