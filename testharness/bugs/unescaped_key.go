package bugs

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

const resetCounter = "reset_counter"

// unescapedKey: a key is put into a path as it is. One that looks escaped already
// is unescaped by the node, and is another key then.
func unescapedKey() Bug {
	const name = "unescaped_key"
	return Bug{
		Name:     name,
		Summary:  "A key goes into a path unescaped, and another key's counter is reset.",
		CaughtBy: "actions_touch_their_entity",
		System:   rateLimiter,
		Scenario: story(rateLimiter, name, "The counter of a key is reset that nobody has used, user%3A1.",
			scenario.Step{Wait: 4 * time.Second},
			scenario.Step{Act: &scenario.Act{
				Action: resetCounter, Params: json.RawMessage(`{"key":"user%3A1"}`), Outcome: protocol.OutcomeUnchanged,
			}},
			scenario.Step{Wait: 2 * time.Second},
		),
		Wrap: func(s protocol.Subject, def protocol.Definition, st stack.Stack) protocol.Subject {
			node := configOf(st).Management.URLs[0]
			return &wrapped{right: s, def: def, act: func(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
				var params struct {
					Key string `json:"key"`
				}
				if action.Name != resetCounter || action.DryRun || json.Unmarshal(action.Params, &params) != nil {
					return s.Act(ctx, action)
				}
				status, err := post(ctx, node+"/api/counters/"+params.Key+"/reset")
				switch {
				case err != nil:
					return protocol.Outcome{}, protocol.Errorf(protocol.Unavailable, "reset_counter: %w", err)
				case status != http.StatusOK:
					return protocol.Outcome{}, protocol.Errorf(protocol.Internal, "reset_counter: the service answered %d", status)
				default:
					return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "the key's window was emptied"}, nil
				}
			}}
		},
	}
}

// post asks a node to change something, once.
func post(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return 0, err
	}
	req.Close = true
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
