package ratelimiter

import (
	"encoding/json"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// sourceTimeout is how long the subject waits for one source: long for servers
// on this machine, and so short that an observation of a system that hangs fits
// between two looks of a scenario.
const sourceTimeout = "1s"

// Config implements [stack.Stack]. Every node is expected, so that one which was
// gone before the subject was opened is missed too.
func (s *Stack) Config() json.RawMessage {
	expected := s.NodeNames()
	urls := make([]string, len(expected))
	for i, name := range expected {
		urls[i] = "http://" + s.link(network.Operator, name).Address()
	}
	config := map[string]any{
		"management": map[string]any{"urls": urls, "timeout": sourceTimeout},
		"health":     map[string]any{"timeout": sourceTimeout},
		"nodes":      map[string]any{"expected": expected},
		"redis":      s.redisSection(),
		"invariants": map[string]any{"high_latency": map[string]any{"threshold_ms": maxLatency * 1000}},
	}
	if link := s.link(network.Operator, partPrometheus); link != nil {
		config["prometheus"] = map[string]any{
			"url": "http://" + link.Address(), "timeout": sourceTimeout,
			"rate_window": s.topology.rateWindow().String(),
		}
	}
	doc, err := json.Marshal(config)
	if err != nil {
		panic(fmt.Sprintf("encode texts: %v", err)) // it cannot fail
	}
	return doc
}

// redisSection is the subject's section "redis".
func (s *Stack) redisSection() map[string]any {
	raw := s.redis.SubjectConfig()
	if link := s.link(network.Operator, partRedis); link != nil {
		raw = s.redis.SubjectConfigVia(link.Address())
	}
	section := map[string]any{}
	if err := json.Unmarshal(raw, &section); err != nil {
		panic(fmt.Sprintf("decode the section of redis: %v", err)) // our own words
	}
	section["timeout"] = sourceTimeout
	// A look that is cut short by a busy machine is no finding about the subject.
	section["budget"] = map[string]any{"time": sourceTimeout}
	return section
}
