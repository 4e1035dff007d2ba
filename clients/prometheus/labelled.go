package prometheus

import (
	"context"

	"github.com/prometheus/common/model"
)

// The label that tells the two halves of the KeyLabelled query apart, and its
// values.
const (
	halfLabel = "series"
	withKey   = "with_key"
	noKey     = "without_key"
)

// KeyLabelled tells whether the request counters know keys at all, which
// decides whether [Client.AllowedRequests] can ever have a value. Present is
// false when the server has no request counters; labelled is true when at least
// one of them carries the key label. One query asks both, and its answer is two
// numbers whatever the number of series:
//
//	label_replace(count(ratelimiter_requests_checked_total{key!=""}), "series", "with_key", "", "") or
//	label_replace(count(ratelimiter_requests_checked_total{key=""}), "series", "without_key", "", "")
//
// Where some nodes label by key and others do not, labelled is true and the
// counts of a key miss what the others allowed.
func (c *Client) KeyLabelled(ctx context.Context) (labelled, present bool, err error) {
	metric := c.metrics.RequestsChecked
	promql := half(c.selector(metric, notEmpty(c.labels.Key)), withKey) + " or " +
		half(c.selector(metric, Equal(c.labels.Key, "")), noKey)
	vector, err := c.Vector(ctx, promql)
	if err != nil {
		return false, false, err
	}
	for _, sample := range vector {
		v, err := float(sample)
		if err != nil {
			return false, false, c.malformed(promql, err.Error())
		}
		if n, ok := number(v); !ok || n <= 0 {
			continue
		}
		switch sample.Metric[model.LabelName(halfLabel)] {
		case withKey:
			labelled, present = true, true
		case noKey:
			present = true
		default:
			return false, false, c.malformed(promql, "a series that was not asked for")
		}
	}
	return labelled, present, nil
}

func half(series, name string) string {
	return "label_replace(count(" + series + "), " + quote(halfLabel) + ", " + quote(name) + `, "", "")`
}

// notEmpty matches the series that carry the label.
func notEmpty(label string) Matcher { return Matcher{labelName(label) + `!=""`} }
