// Package ask asks the harness's own servers over HTTP, past every link. Who asks
// bounds the time by the context.
package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// MaxBody is how much of an answer is read, in bytes.
const MaxBody = 16 << 20

// StatusError says that an answer was none: its status is not 200.
type StatusError struct {
	// Request is the method and the URL.
	Request string
	// Status is what the server answered with, and Body that.
	Status int
	Body   []byte
}

// Error shows the beginning of the answer.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: status %d: %s", e.Request, e.Status, failure.Quote(string(e.Body)))
}

// Get returns the body of the answer to a GET, and next to a [*StatusError] that
// of another answer than 200.
func Get(ctx context.Context, url string) ([]byte, error) {
	return do(ctx, http.MethodGet, url, nil)
}

// JSON decodes the answer to a GET into v, where that is not nil.
func JSON(ctx context.Context, url string, v any) error {
	return Send(ctx, http.MethodGet, url, nil, v)
}

// Send makes a request with body as JSON and decodes the answer into v, both
// where they are not nil.
func Send(ctx context.Context, method, url string, body, v any) error {
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := do(ctx, method, url, encoded)
	if err != nil || v == nil {
		return err
	}
	if err := json.Unmarshal(answer, v); err != nil {
		return fmt.Errorf("%s %s: %w", method, url, err)
	}
	return nil
}

func do(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	// A connection of its own: one that is kept would outlive the question.
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody))
	switch {
	case err != nil:
		err = fmt.Errorf("%s %s: %w", method, url, err)
	case resp.StatusCode != http.StatusOK:
		err = &StatusError{Request: method + " " + url, Status: resp.StatusCode, Body: answer}
	}
	return answer, err
}
