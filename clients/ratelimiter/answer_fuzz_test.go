package ratelimiter

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
)

// wrappers are the fields that lists come in, by the call.
var wrappers = map[string]string{"nodes": "nodes", "counters": "counters", "blocks": "blocked"}

// seedAnswers adds the recorded answers, and some that are none.
func seedAnswers(f *testing.F, add func(status int, body []byte)) {
	f.Helper()
	clienttest.SeedAnswers(
		f, add,
		"", "null", "[]", "{}", `{"nodes":[null]}`, `{"counters":[{"count":1e400}]}`, `{"blocked":"`+"\x1b"+`"}`,
		`{"nodes":[{"id":"a","address":"b","state":"Up","registered_at":"9999-12-31T23:59:59-23:59"}]}`,
		`{"nodes":[{"id":"a","address":"b","state":"Up","registered_at":"0000-01-01T00:00:00+23:59"}]}`,
		`{"default_limit":-0,"default_limit":10,"default_window_ms":1}`,
		`{"key":"\ud800","reset":true,"limit":1,"window_ms":1,"updated":true}`,
		`{"detail":[{"loc":["body",{"a":[1e999]}],"msg":"\u202e"}]}`,
	)
}

// FuzzDecode gives every decoder the same document: errors of one bounded
// printable line, memory in proportion, what was decoded decodes again from its
// own JSON, and no number that is missing or null is taken for one.
func FuzzDecode(f *testing.F) {
	seedAnswers(f, func(_ int, body []byte) { f.Add(body, uint(len(body))) })
	f.Fuzz(func(t *testing.T, body []byte, pick uint) {
		document := clienttest.NewDocument(t, body, pick)
		for name, decode := range answers {
			value, ok := document.Decode(t, decode)
			if !ok {
				continue
			}
			mustDecodeAgain(t, name, body, value)
			document.MustNeedNumber(t, name, decode, false)
		}
	})
}

func mustDecodeAgain(t *testing.T, name string, body []byte, value any) {
	t.Helper()
	document := value
	if wrapper, ok := wrappers[name]; ok {
		document = map[string]any{wrapper: value}
	}
	again, err := json.Marshal(document)
	if err != nil {
		t.Fatalf("%s: %s was decoded as %+v, which has no JSON: %v", name, body, value, err)
	}
	if value2, err := answers[name](again); err != nil || !reflect.DeepEqual(value, value2) {
		t.Fatalf("%s: %s was decoded as %+v, and that as %+v: %v", name, body, value, value2, err)
	}
}

// FuzzAnswers gives every call the same answer. What is not an error of a
// declared class is an answer to that very call.
func FuzzAnswers(f *testing.F) {
	seedAnswers(f, func(status int, body []byte) { f.Add(status, body, "user:1") })
	f.Fuzz(func(t *testing.T, status int, body []byte, key string) {
		client, err := New(Options{
			BaseURLs:   []string{"http://user:PASSWORD@host"},
			HTTPClient: &http.Client{Transport: clienttest.Transport{Status: status, Body: body}},
			Timeout:    time.Minute,
			MaxBody:    1 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		for name, ask := range calls(client, key) {
			asked, err := ask(t.Context())
			if err == nil {
				if asked != key {
					t.Fatalf("%s: asked about %q and got an answer about %q", name, key, asked)
				}
				continue
			}
			// Invalid is of a key that is not sent.
			fe := clienttest.MustBeClassed(t, err, append(clienttest.Answered(), failure.Invalid), "PASSWORD")
			if fe.Sent != (fe.Class != failure.Invalid) {
				t.Fatalf("%s: sent is %t, of %v", name, fe.Sent, err)
			}
		}
	})
}

// calls are all there are. Those that ask about a key return the answer's, the
// others the key as it is.
func calls(c *Client, key string) map[string]func(context.Context) (string, error) {
	return map[string]func(context.Context) (string, error){
		"Nodes":    func(ctx context.Context) (string, error) { _, err := c.Nodes(ctx); return key, err },
		"Counters": func(ctx context.Context) (string, error) { _, err := c.Counters(ctx); return key, err },
		"Limits":   func(ctx context.Context) (string, error) { _, err := c.Limits(ctx); return key, err },
		"Blocks":   func(ctx context.Context) (string, error) { _, err := c.Blocks(ctx); return key, err },
		"Health":   func(ctx context.Context) (string, error) { _, err := c.Health(ctx, "node:1"); return key, err },
		"ResetCounter": func(ctx context.Context) (string, error) {
			r, err := c.ResetCounter(ctx, key)
			return r.Key, err
		},
		"UpdateLimit": func(ctx context.Context) (string, error) {
			u, err := c.UpdateLimit(ctx, key, 1, time.Second)
			return u.Key, err
		},
	}
}
