package bugs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// right is a subject that says what it is told to.
type right struct {
	says   func(ctx context.Context) (protocol.Observation, error)
	acted  []protocol.Action
	closed int
}

func (r *right) Observe(ctx context.Context) (protocol.Observation, error) { return r.says(ctx) }

func (r *right) Act(_ context.Context, a protocol.Action) (protocol.Outcome, error) {
	r.acted = append(r.acted, a)
	return protocol.Outcome{Status: protocol.OutcomeAccepted}, nil
}

func (r *right) Close() error {
	r.closed++
	return nil
}

// say has the subject say the same each time, but for when.
func say(o protocol.Observation) *right {
	return &right{says: func(context.Context) (protocol.Observation, error) {
		o.Time = time.Now()
		return o, nil
	}}
}

// looking is a stack of which only the configuration is asked.
type looking struct {
	stack.Stack

	config json.RawMessage
}

func (l looking) Config() json.RawMessage { return l.config }

// at is a stack whose nodes and Redis are at these addresses.
func at(node, redis string) looking {
	return looking{config: fmt.Appendf(nil, `{"management":{"urls":[%q]},"redis":{"addresses":[%q]}}`, node, redis)}
}

// nowhere is a stack of which nothing answers.
func nowhere() looking { return at("http://127.0.0.1:1", "127.0.0.1:1") }

// serve answers requests by their raw path, and others with 404.
func serve(t *testing.T, answers map[string]string, asked func(*http.Request)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked != nil {
			asked(r)
		}
		body, ok := answers[r.URL.EscapedPath()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// bug returns the bug of that name.
func bug(t *testing.T, name string) bugs.Bug {
	t.Helper()
	for _, b := range bugs.All() {
		if b.Name == name {
			return b
		}
	}
	t.Fatalf("there is no bug %s", name)
	return bugs.Bug{}
}

// definition is what the rate limiter declares, as far as bugs ask.
var definition = protocol.Definition{Name: "ratelimiter", Invariants: []protocol.Invariant{
	{Name: "node_down", Entity: "node", Severity: protocol.Critical},
	{Name: "high_latency", Entity: "node", Severity: protocol.Warning},
	{Name: "redis_disconnected", Severity: protocol.Critical},
	{Name: "counter_drift", Entity: "key", Severity: protocol.Warning},
}}
