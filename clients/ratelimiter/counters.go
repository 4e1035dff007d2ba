package ratelimiter

import (
	"context"
	"io"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// Counters lists the counters that the service knows, at most 100 of them, in
// the service's order.
func (c *Client) Counters(ctx context.Context) ([]Counter, error) {
	return FoldCounters(ctx, c, noCounters, appendCounter)
}

// FoldCounters makes a T of the counters that the service knows, in the
// service's order, each as it comes: of a long list no more is in memory than
// what add keeps. It is for services that list more than the 100 that the API
// promises; [Options.MaxBody] bounds the answer all the same.
//
// Several endpoints may be asked, as for any read: begin is called for each that
// answers, add with what it returned before for the same one, and the T of the
// one whose answer was whole and right is returned. Both may be called
// concurrently for different endpoints, and not any more once FoldCounters has
// returned.
func FoldCounters[T any](ctx context.Context, c *Client, begin func() T, add func(T, Counter) T) (T, error) {
	return endpoints.Ask(ctx, c.group, read("/api/counters", func(body io.Reader) (T, error) {
		return foldCounters(body, begin, add)
	}))
}

func noCounters() []Counter { return []Counter{} }

func appendCounter(list []Counter, c Counter) []Counter { return append(list, c) }

// counterFields are those that a counter needs.
var counterFields = []string{"key", "count", "limit", "remaining"}

func foldCounters[T any](body io.Reader, begin func() T, add func(T, Counter) T) (T, error) {
	all := begin()
	err := document.Each(body, "counters", counterFields, func(i *document.Item) {
		c := Counter{
			Key:       i.Text("key"),
			Count:     i.Integer("count"),
			Limit:     i.Integer("limit"),
			Remaining: i.Integer("remaining"),
		}
		if i.OK() {
			all = add(all, c)
		}
	})
	if err != nil {
		return *new(T), err
	}
	return all, nil
}
