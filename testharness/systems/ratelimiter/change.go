package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Check makes one request for a key, which is valid UTF-8, through any node that
// answers. Whether it is allowed does not matter.
func (s *Stack) Check(ctx context.Context, key string) error {
	return s.anyNode(ctx, http.MethodPost, "/check", map[string]any{"key": key}, http.StatusTooManyRequests)
}

// setLimit gives a key a limit of its own, through any node that can.
func (s *Stack) setLimit(ctx context.Context, key string, limit int) error {
	return s.anyNode(ctx, http.MethodPut, "/api/limits/"+url.PathEscape(key), map[string]any{"limit": limit})
}

// anyNode sends a request to one node after the other until one answers by 200 or
// one of the other statuses, past every link.
func (s *Stack) anyNode(ctx context.Context, method, path string, document any, others ...int) error {
	var failures []error
	for _, n := range s.cluster.Nodes() {
		err := send(ctx, method, n.URL()+path, document, others...)
		if err == nil {
			return nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", n.ID(), err))
	}
	return errors.Join(failures...)
}
