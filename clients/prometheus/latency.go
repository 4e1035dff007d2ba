package prometheus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// NodeLatency is the 99th percentile of one node's check durations.
type NodeLatency struct {
	// Node is the value of the node label, empty when the series carry none;
	// Instance is that of the instance label.
	Node, Instance string
	// P99MS is in milliseconds. It may be +Inf.
	P99MS float64
	// Present is false when no check was measured within the window.
	Present bool
}

// NodeLatencyP99 returns the 99th percentile of a node's check durations in the
// last [Options.RateWindow], in milliseconds:
//
//	histogram_quantile(0.99, sum by (le) (rate(ratelimiter_check_duration_seconds_bucket{node_id="…"}[1m]))) * 1000
//
// The sum changes nothing where the node has one histogram, and makes one of
// several: a node that came back under another address, or one that also labels
// by key. Quantiles of parts cannot be combined afterwards; buckets can.
//
// Present is false when the node is unknown to the server, has measured nothing
// in the window, or its name is empty or not UTF-8, which no label value is. A
// name over [MaxKeyBytes] is [failure.Invalid]. A quantile in the last bucket is
// told as the highest finite bound, so a node whose buckets end at 100 ms is
// never seen above it.
func (c *Client) NodeLatencyP99(ctx context.Context, node string) (ms float64, present bool, err error) {
	if len(node) > MaxKeyBytes {
		return 0, false, c.invalid(fmt.Sprintf("a node name of %d bytes, more than %d", len(node), MaxKeyBytes))
	}
	if node == "" || !utf8.ValidString(node) {
		return 0, false, nil
	}
	promql := c.p99("le", Equal(c.labels.Node, node))
	ms, present, err = c.Value(ctx, promql)
	if err == nil && math.IsInf(ms, -1) {
		return 0, false, c.malformed(promql, "a latency of -Inf")
	}
	return ms, present, err
}

// LatencyP99 returns the same for all nodes by one query. Series are told apart
// by the node label and the instance label together, so it works where the
// metrics carry only the latter; a node that came back under another address
// within the window appears once per address. Sorted by node, then instance. No
// entries means that the server knows no node.
func (c *Client) LatencyP99(ctx context.Context) ([]NodeLatency, error) {
	promql := c.p99("le," + c.labels.Node + "," + c.labels.Instance)
	vector, err := c.Vector(ctx, promql)
	if err != nil {
		return nil, err
	}
	nodes := make([]NodeLatency, 0, len(vector))
	for _, sample := range vector {
		node, err := c.nodeLatency(sample)
		if err != nil {
			return nil, c.malformed(promql, err.Error())
		}
		nodes = append(nodes, node)
	}
	slices.SortFunc(nodes, order)
	for i := 1; i < len(nodes); i++ {
		if order(nodes[i-1], nodes[i]) == 0 {
			return nil, c.malformed(promql, "two series for one node and instance")
		}
	}
	return nodes, nil
}

func (c *Client) nodeLatency(sample *model.Sample) (NodeLatency, error) {
	v, err := float(sample)
	if err != nil {
		return NodeLatency{}, err
	}
	if math.IsInf(float64(v), -1) {
		return NodeLatency{}, errors.New("a latency of -Inf")
	}
	ms, present := number(v)
	return NodeLatency{
		Node:     string(sample.Metric[model.LabelName(c.labels.Node)]),
		Instance: string(sample.Metric[model.LabelName(c.labels.Instance)]),
		P99MS:    ms,
		Present:  present,
	}, nil
}

// p99 renders the expression for the series that match, grouped by labels.
func (c *Client) p99(by string, matchers ...Matcher) string {
	buckets := c.selector(c.metrics.CheckDuration+"_bucket", matchers...)
	return fmt.Sprintf("histogram_quantile(0.99, sum by (%s) (rate(%s[%s]))) * 1000",
		by, buckets, model.Duration(c.rateWindow))
}

func order(a, b NodeLatency) int {
	return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Instance, b.Instance))
}
