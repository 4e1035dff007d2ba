package ratelimiter_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

func TestRecordings(t *testing.T) {
	at := func(text string) *time.Time {
		when, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return &when
	}
	failing := clienttest.Outcome{Class: failure.Failing, Status: 500, Detail: `"Internal Server Error"`, Sent: true}
	counters := []ratelimiter.Counter{
		{Key: "user:3", Count: 1, Limit: 10, Remaining: 9},
		{Key: "ключ", Count: 2, Limit: 10, Remaining: 8},
		{Key: `key"quote`, Count: 1, Limit: 10, Remaining: 9},
		{Key: "user:1", Count: 3, Limit: 10, Remaining: 7},
		{Key: "api:gold tier", Count: 1, Limit: 10, Remaining: 9},
		{Key: "user:2", Count: 10, Limit: 10, Remaining: 0},
	}
	overLimit := slices.Clone(counters)
	overLimit[3] = ratelimiter.Counter{Key: "user:1", Count: 3, Limit: 2, Remaining: 0}

	type call = func(context.Context, *ratelimiter.Client) (any, error)
	nodes := func(ctx context.Context, c *ratelimiter.Client) (any, error) { return c.Nodes(ctx) }
	listCounters := func(ctx context.Context, c *ratelimiter.Client) (any, error) { return c.Counters(ctx) }
	limits := func(ctx context.Context, c *ratelimiter.Client) (any, error) { return c.Limits(ctx) }
	blocks := func(ctx context.Context, c *ratelimiter.Client) (any, error) { return c.Blocks(ctx) }
	reset := func(key string) call {
		return func(ctx context.Context, c *ratelimiter.Client) (any, error) { return c.ResetCounter(ctx, key) }
	}
	update := func(key string, limit int64, window time.Duration) call {
		return func(ctx context.Context, c *ratelimiter.Client) (any, error) {
			return c.UpdateLimit(ctx, key, limit, window)
		}
	}

	type recorded struct {
		reason string
		call   call
		// foreign: the recorded request is one that the client never sends; its
		// answer is given to another call.
		foreign bool
		want    clienttest.Outcome
	}
	cases := map[string]recorded{
		"nodes": {
			reason: "A time without a zone is UTC, and keeps its microseconds.",
			call:   nodes,
			want: clienttest.Outcome{Value: []ratelimiter.Node{
				{ID: "node-1", Address: "127.0.0.1:18001", State: "Up", RegisteredAt: at("2026-11-23T13:19:16.988086Z")},
				{ID: "node-3", Address: "127.0.0.1:18003", State: "Up", RegisteredAt: at("2026-11-23T13:19:16.883966Z")},
				{ID: "node-2", Address: "127.0.0.1:18002", State: "Up", RegisteredAt: at("2026-11-23T13:19:16.865344Z")},
			}},
		},
		"counters":                  {reason: "Keys of any script, quotes included.", call: listCounters, want: clienttest.Outcome{Value: counters}},
		"counters-over-limit":       {reason: "A count above its limit is reported as it is.", call: listCounters, want: clienttest.Outcome{Value: overLimit}},
		"counters-empty":            {reason: "No counters is an answer.", call: listCounters, want: clienttest.Outcome{Value: []ratelimiter.Counter{}}},
		"limits":                    {reason: "The defaults.", call: limits, want: clienttest.Outcome{Value: ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60000}}},
		"limits-redis-down":         {reason: "Limits are configuration and need no Redis.", call: limits, want: clienttest.Outcome{Value: ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60000}}},
		"blocks":                    {reason: "A blocked key.", call: blocks, want: clienttest.Outcome{Value: []ratelimiter.Block{{Key: "user:2", CurrentCount: 10, Limit: 10}}}},
		"nodes-redis-down":          {reason: "Plain text with a 500 is quoted.", call: nodes, want: failing},
		"counters-redis-down":       {reason: "Plain text with a 500 is quoted.", call: listCounters, want: failing},
		"blocks-redis-down":         {reason: "Plain text with a 500 is quoted.", call: blocks, want: failing},
		"blocks-after-custom-limit": {reason: "The service's own bug is a failing service.", call: blocks, want: failing},
		"reset-existing":            {reason: "There was a counter.", call: reset("user:1"), want: clienttest.Outcome{Value: ratelimiter.Reset{Key: "user:1", Reset: true}}},
		"reset-absent":              {reason: "There was none: not an error.", call: reset("nobody"), want: clienttest.Outcome{Value: ratelimiter.Reset{Key: "nobody"}}},
		"reset-key-with-space":      {reason: "Escaped and echoed as itself.", call: reset("api:gold tier"), want: clienttest.Outcome{Value: ratelimiter.Reset{Key: "api:gold tier", Reset: true}}},
		"reset-key-with-slash": {
			reason: "The service decodes before it routes: say so, a bare 404 misleads.",
			call:   reset("a/b"),
			want: clienttest.Outcome{
				Class: failure.Rejected, Status: 404, Sent: true,
				Detail: `the service, or a proxy before it, does not route keys with "/": "Not Found"`,
			},
		},
		"update-limit": {
			reason: "The window goes out in milliseconds.",
			call:   update("user:1", 2, 2*time.Minute),
			want:   clienttest.Outcome{Value: ratelimiter.LimitUpdate{Key: "user:1", Limit: 2, WindowMS: 120000, Updated: true}},
		},
		"update-limit-default-window": {
			reason: "No window goes out as null, the answer tells which one it became.",
			call:   update("user:4", 7, 0),
			want:   clienttest.Outcome{Value: ratelimiter.LimitUpdate{Key: "user:4", Limit: 7, WindowMS: 60000, Updated: true}},
		},
		"update-limit-negative": {
			reason: "The service takes it, we do not; nothing is sent.",
			call:   update("user:5", -1, 0),
			want:   clienttest.Outcome{Class: failure.Invalid, Detail: "limit: negative: -1"},
		},
		"update-limit-invalid-type": {
			reason: "A 422's detail reaches our error.", foreign: true,
			call: update("user:1", 1, 0),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 422, Sent: true, Detail: "body.limit: value is not a valid integer"},
		},
		"update-limit-missing-limit": {
			reason: "A 422's detail reaches our error.", foreign: true,
			call: update("user:1", 1, 0),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 422, Sent: true, Detail: "body.limit: field required"},
		},
		"reset-wrong-method": {
			reason: "A 405 is an answer to the request.", foreign: true,
			call: reset("user:1"),
			want: clienttest.Outcome{Class: failure.Rejected, Status: 405, Sent: true, Detail: `"Method Not Allowed"`},
		},
		"unknown-path": {
			reason: "A 404, as from a base URL with the wrong prefix.", foreign: true,
			call: limits,
			want: clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: `"Not Found"`},
		},
		"check-allowed": {
			reason: "An answer to another question is not an empty list.", foreign: true,
			call: listCounters,
			want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true, Detail: "counters is missing"},
		},
		"check-custom-limit": {
			reason: "An answer to another question is not limits of zero.", foreign: true,
			call: limits,
			want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true, Detail: "default_limit is missing"},
		},
		"check-blocked": {
			reason: "A 429 is a busy service, with its body quoted.", foreign: true,
			call: blocks,
			want: clienttest.Outcome{
				Class: failure.Failing, Status: 429, Sent: true,
				Detail: `"{\"allowed\":false,\"current_count\":10,\"remaining\":0,\"retry_after_seconds\":60}"`,
			},
		},
		"health":            {reason: "A node's own word.", want: clienttest.Outcome{Value: ratelimiter.Health{Status: "healthy", NodeID: "node-1"}}},
		"health-redis-down": {reason: "The recorded service is healthy without Redis.", want: clienttest.Outcome{Value: ratelimiter.Health{Status: "healthy", NodeID: "node-1"}}},
		"metrics":           {reason: "Text where JSON is expected is malformed, and quoted in part.", call: nodes, foreign: true},
	}

	clienttest.EachRecording(t, cases, func(t *testing.T, name string, r clienttest.Recording, tc recorded) {
		server := httptest.NewServer(clienttest.Replay(t, r, !tc.foreign))
		defer server.Close()
		c := newClient(t, ratelimiter.Options{BaseURLs: []string{server.URL}})
		do := tc.call
		if do == nil {
			address := strings.TrimPrefix(server.URL, "http://")
			do = func(ctx context.Context, c *ratelimiter.Client) (any, error) { return c.Health(ctx, address) }
		}
		got := clienttest.OutcomeOf(do(t.Context(), c))
		if name == "metrics" { // its detail is the beginning of the text
			if got.Class != failure.Malformed || !strings.HasPrefix(got.Detail, "not JSON (") || len(got.Detail) > 2*failure.MaxQuote {
				t.Errorf("%s\ngot %+v", tc.reason, got)
			}
			return
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
		}
	})
}
