package ratelimiter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// keysFromHell are keys that somebody or something on the way might take for
// something else.
func keysFromHell() map[string]string {
	return map[string]string{
		"slash":          "a/b",
		"slashes":        "//",
		"dot":            ".",
		"dots":           "..",
		"up":             "a/../b",
		"what up is not": "b",
		"escaped":        "a%2Fb",
		"escape":         "%",
		"query":          "?a=1&b=2#c",
		"quotes":         `"'` + "`",
		"backslash":      `\`,
		"newline":        "a\r\nb",
		"NUL":            "a\x00b",
		"braces":         "{a}{",
		"sequence":       "lonely:seq",
		"limit":          "limit:x",
		"limit's limit":  "limit:limit:x",
		"space":          " ",
		"glob":           "*[a-z]?",
		"Cyrillic":       "ключ",
		"emoji":          "🔑\u200d🔥",
		"bidi":           "\u202eevil\u2066",
		"ANSI":           "\x1b[2J\x1b]0;owned\x07",
		"replacement":    "\uFFFD",
		"HTML":           "<script>&amp;</script>",
		"template":       "{{.Env}}${HOME}",
		"megabyte":       strings.Repeat("m/", 1<<19),
	}
}

// keysFromHell end to end: written by POST /check, listed by an observation,
// over its limit and named as such, and reset by an action that touches no other
// key.
func (r *rig) keysFromHell(t *testing.T) {
	keys := keysFromHell()
	// A document with a megabyte in it takes the race detector a while.
	const patience = 20 * time.Second
	s := r.open(map[string]any{
		"management": map[string]any{"urls": r.c.ManagementURLs()[:1], "timeout": "10s"},
		"redis":      map[string]any{"url": r.c.RedisURL(), "timeout": "5s", "budget": map[string]any{"time": "5s"}},
	})
	for _, key := range keys {
		r.check(t, key)
		r.must(t, r.c.InjectRequests(t.Context(), key, 200))
	}
	o := observeWithin(t, s, patience)
	st := stateOf(t, o)
	listed := make(map[string]CounterState, len(st.Counters))
	for _, c := range st.Counters {
		listed[c.Key] = c
	}
	for name, key := range keys {
		if c, ok := listed[key]; !ok || c.Count == nil || *c.Count != 201 {
			t.Errorf("%s: the state has %+v (%t)", name, c, ok)
		}
		if o.VerdictOn(overLimit, key) != protocol.Broken {
			t.Errorf("%s: over_limit is %s", name, o.VerdictOn(overLimit, key))
		}
	}
	if t.Failed() {
		t.Logf("%+v", o.Sources)
		return
	}

	before := r.contents(t)
	for name, key := range keys {
		params, err := json.Marshal(map[string]string{"key": key})
		r.must(t, err)
		done, err := act(t, s, protocol.Action{Name: resetCounter, ID: "hell " + name, Params: params})
		if err != nil || done.Status != protocol.OutcomeAccepted || len(done.Changes) != 1 || done.Changes[0].Entity != key {
			t.Errorf("%s: reset_counter = %+.300v, %v", name, done, err)
			continue
		}
		maps.DeleteFunc(before, func(held, _ string) bool {
			return held == "ratelimit:"+key || held == "ratelimit:"+key+":seq"
		})
		if after := r.contents(t); !maps.Equal(before, after) {
			t.Fatalf("%s: reset_counter has changed other keys: -before +after:\n%.2000s", name, cmp.Diff(before, after))
		}
	}
	o = observeWithin(t, s, patience)
	for name, key := range keys {
		if o.VerdictOn(overLimit, key) != protocol.Held {
			t.Errorf("%s: over_limit is %s after the reset", name, o.VerdictOn(overLimit, key))
		}
	}
}

// check makes one request for a key.
func (r *rig) check(t *testing.T, key string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"key": key})
	r.must(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.c.ManagementURLs()[0]+"/check", bytes.NewReader(body))
	r.must(t, err)
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	r.must(t, err)
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("check %.100q: status %d, %s, %v", key, resp.StatusCode, answer, err)
	}
}

// contents is what Redis holds, but for the load's keys and the registry, whose
// owners are at work.
func (r *rig) contents(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	names := r.rdb.Scan(t.Context(), 0, "ratelimit:*", 1000).Iterator()
	var keys []string
	for names.Next(t.Context()) {
		if key := names.Val(); !strings.HasPrefix(key, "ratelimit:user:") {
			keys = append(keys, key)
		}
	}
	r.must(t, names.Err())
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if dump, err := r.rdb.Dump(t.Context(), key).Result(); err == nil { // else it has just expired
			all[key] = fmt.Sprintf("%x", dump)
		}
	}
	return all
}
