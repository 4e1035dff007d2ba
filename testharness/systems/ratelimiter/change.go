package ratelimiter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// Check makes one request for a key, which is valid UTF-8, through any node that
// answers. Whether it is allowed does not matter.
func (s *Stack) Check(ctx context.Context, key string) error {
	return s.anyNode(ctx, http.MethodPost, "/check", map[string]any{"key": key}, http.StatusOK, http.StatusTooManyRequests)
}

// setLimit gives a key a limit of its own, through any node that can.
func (s *Stack) setLimit(ctx context.Context, key string, limit int) error {
	return s.anyNode(ctx, http.MethodPut, "/api/limits/"+url.PathEscape(key), map[string]any{"limit": limit}, http.StatusOK)
}

// anyNode sends a request to one node after the other until one answers as it
// should, past every link.
func (s *Stack) anyNode(ctx context.Context, method, path string, document any, good ...int) error {
	body, err := json.Marshal(document)
	if err != nil {
		return err
	}
	var failures []error
	for _, n := range s.cluster.Nodes() {
		err := send(ctx, method, n.URL()+path, body, good)
		if err == nil {
			return nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", n.ID(), err))
	}
	return errors.Join(failures...)
}

func send(ctx context.Context, method, target string, body []byte, good []int) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Close = true
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if !slices.Contains(good, resp.StatusCode) {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
