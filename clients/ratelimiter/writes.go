package ratelimiter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// ResetCounter drops key's counter: its window starts empty. The answer tells
// whether there was one. A limit of the key's own stays. It is sent at most
// once; a failure with Sent set may have happened.
func (c *Client) ResetCounter(ctx context.Context, key string) (Reset, error) {
	what := call{method: http.MethodPost, before: "/api/counters/", key: key, after: "/reset"}
	return change(ctx, c, what, func(body []byte) (Reset, error) {
		reset, err := decodeReset(body)
		if err == nil {
			err = sameKey(key, reset.Key)
		}
		return reset, err
	})
}

// UpdateLimit gives key a limit of its own: limit requests per window. A limit
// of 0 refuses every request. The window is a whole number of milliseconds; 0
// leaves it to the service's default. It is sent at most once; a failure with
// Sent set may have happened.
//
// A negative limit, which the recorded service accepts, is refused here.
func (c *Client) UpdateLimit(ctx context.Context, key string, limit int64, window time.Duration) (LimitUpdate, error) {
	what := call{method: http.MethodPut, before: "/api/limits/", key: key}
	switch {
	case limit < 0:
		return LimitUpdate{}, what.request().Invalid("limit: negative: " + strconv.FormatInt(limit, 10))
	case window < 0:
		return LimitUpdate{}, what.request().Invalid("window: negative: " + window.String())
	case window%time.Millisecond != 0:
		return LimitUpdate{}, what.request().Invalid("window: not a whole number of milliseconds: " + window.String())
	}
	wire := struct {
		Limit    int64  `json:"limit"`
		WindowMS *int64 `json:"window_ms"` // null: the service's default
	}{Limit: limit}
	if window > 0 {
		wire.WindowMS = new(window.Milliseconds())
	}
	body, err := json.Marshal(wire)
	if err != nil { // not reached: two integers
		return LimitUpdate{}, what.request().Invalid(err.Error())
	}
	what.body = body
	return change(ctx, c, what, func(body []byte) (LimitUpdate, error) {
		update, err := decodeLimitUpdate(body)
		if err == nil {
			err = sameKey(key, update.Key)
		}
		return update, err
	})
}

// sameKey holds a write's answer against what was asked: see the package's
// words on normalisers.
func sameKey(asked, answered string) error {
	if asked == answered {
		return nil
	}
	return fmt.Errorf("key: asked for %s, the service acted on %s", failure.Quote(asked), failure.Quote(answered))
}
