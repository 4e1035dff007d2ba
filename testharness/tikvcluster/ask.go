package tikvcluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
)

// AskPD makes one request to PD itself, beside whatever is being tested. The
// path is one below that of its API, such as "/stores". The body is sent as
// JSON, and the answer decoded into v, where they are not nil. An answer of
// another status than 200 is an error.
func (c *Cluster) AskPD(ctx context.Context, method, path string, body, v any) error {
	return ask(ctx, method, c.pd.URL()+api.Prefix+path, body, v)
}

// ask makes one request to one of our own servers. The body is sent as JSON, and
// a 200 is decoded into v, where they are not nil.
func ask(ctx context.Context, method, url string, body, v any) error {
	const maxBody = 8 << 20
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	// A connection of its own: one that is kept would outlive the question.
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: status %d: %s", method, url, resp.StatusCode, failure.Quote(string(answer)))
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(answer, v)
}
