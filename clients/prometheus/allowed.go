package prometheus

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
)

// resultAllowed is the value of the result label that counts admitted requests.
const resultAllowed = "allowed"

// AllowedRequests returns how many requests for key all nodes together allowed
// during the last window:
//
//	sum(increase(ratelimiter_requests_checked_total{result="allowed",key="…"}[60s]))
//
// Prometheus extrapolates between its scrapes, so the count is an estimate and
// seldom whole, and what a counter held when it was first scraped is not in it.
// The window is rounded up to a whole millisecond; one that is not positive is
// [failure.Invalid], and one shorter than two scrape intervals finds nothing.
//
// Present is false when the server has no such series with two samples in the
// window, and for keys that no label value can be ([Observable]), for which
// nothing is asked. A key over [MaxKeyBytes] is [failure.Invalid].
func (c *Client) AllowedRequests(ctx context.Context, key string, window time.Duration) (count float64, present bool, err error) {
	if err := c.checkKeys([]string{key}, window); err != nil {
		return 0, false, err
	}
	if !Observable(key) {
		return 0, false, nil
	}
	promql := "sum(" + c.allowed(Equal(c.labels.Key, key), window) + ")"
	count, present, err = c.Value(ctx, promql)
	if err == nil && math.IsInf(count, 0) {
		return 0, false, c.malformed(promql, "an infinite count")
	}
	return count, present, err
}

// AllowedByKey returns the same for many keys by one query. A key that is not
// in the map has no value, for the reasons for which [Client.AllowedRequests]
// says that it is not present; that is no statement that none were allowed.
//
// More than [MaxKeys] keys, more than [MaxKeysBytes] of them together or one
// over [MaxKeyBytes] are [failure.Invalid]; [KeyBatches] cuts a longer list.
func (c *Client) AllowedByKey(ctx context.Context, keys []string, window time.Duration) (map[string]float64, error) {
	if err := c.checkKeys(keys, window); err != nil {
		return nil, err
	}
	counts := make(map[string]float64, len(keys))
	asked := observable(keys)
	if len(asked) == 0 {
		return counts, nil
	}
	promql := "sum by (" + c.labels.Key + ") (" + c.allowed(OneOf(c.labels.Key, asked...), window) + ")"
	vector, err := c.Vector(ctx, promql)
	if err != nil {
		return nil, err
	}
	want := make(map[string]bool, len(asked)) // true until its series was seen
	for _, key := range asked {
		want[key] = true
	}
	for _, sample := range vector {
		key := string(sample.Metric[model.LabelName(c.labels.Key)])
		if !want[key] {
			return nil, c.malformed(promql, "a second series for a key, or one for a key that was not asked for")
		}
		want[key] = false
		v, err := float(sample)
		if err == nil && math.IsInf(float64(v), 0) {
			err = errors.New("an infinite count")
		}
		if err != nil {
			return nil, c.malformed(promql, err.Error())
		}
		if count, present := number(v); present {
			counts[key] = count
		}
	}
	return counts, nil
}

// allowed renders the growth of the allowed counters that match.
func (c *Client) allowed(key Matcher, window time.Duration) string {
	series := c.selector(c.metrics.RequestsChecked, Equal(c.labels.Result, resultAllowed), key)
	return "increase(" + series + "[" + rangeOf(window) + "])"
}

// rangeOf renders a window in whole seconds where it is that, else in
// milliseconds, rounded up.
func rangeOf(window time.Duration) string {
	if window%time.Second == 0 {
		return strconv.FormatInt(int64(window/time.Second), 10) + "s"
	}
	ms := window / time.Millisecond
	if window%time.Millisecond != 0 {
		ms++
	}
	return strconv.FormatInt(int64(ms), 10) + "ms"
}
