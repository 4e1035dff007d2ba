package promfault

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// The answers to queries that fail, by status: the API's documentation names the
// statuses, and Prometheus says these words.
func failures() map[int]string {
	return map[int]string{
		http.StatusBadRequest:          `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:1: parse error: unexpected end of input"}`,
		http.StatusUnprocessableEntity: `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory in query execution"}`,
		http.StatusServiceUnavailable:  `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`,
	}
}

func errorKind() stack.Kind {
	return stack.Kind{
		Name:    "prometheus_error",
		Summary: "Answers queries with Prometheus's own error document; Prometheus is not asked.",
		On:      stack.OnHTTPLink,
		With: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {
    "status": {
      "description": "400 is bad_data, 422 an execution that failed, 503 a query that took too long.",
      "enum": [400, 422, 503],
      "default": 503
    },
    ` + pathProperty + `}}`),
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			p := struct {
				params
				Status int `json:"status"`
			}{params: params{Path: queries}, Status: http.StatusServiceUnavailable}
			if err := kit.Decode(with, &p); err != nil {
				return nil, fmt.Errorf("prometheus_error: %w", err)
			}
			if err := checkPath(p.Path); err != nil {
				return nil, fmt.Errorf("prometheus_error: %w", err)
			}
			body, ok := failures()[p.Status]
			if !ok {
				return nil, fmt.Errorf("prometheus_error: with.status: %d: want 400, 422 or 503", p.Status)
			}
			return kit.AnswerFault(s, "prometheus_error", on, with, p.Path, func(_ context.Context, x *network.Exchange) network.After {
				header := http.Header{"Content-Type": {"application/json"}}
				return kit.Sent(x.Send(network.Reply{Status: p.Status, Header: header, Body: []byte(body)}))
			})
		},
	}
}
