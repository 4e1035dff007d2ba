package ratelimiter_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

const healthy = `{"status":"healthy","node_id":"node-1"}`

func TestHealthAsksThatNodeOnly(t *testing.T) {
	var path, auth atomic.Value
	n := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		path.Store(r.RequestURI)
		auth.Store(r.Header.Get("Authorization"))
		clienttest.Answering(200, healthy)(w, r)
	})
	other := clienttest.Serve(t, clienttest.Answering(200, healthy))
	host := strings.TrimPrefix(n.URL, "http://")
	withUser := "http://user:secret@" + host + "/limiter/"
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{other.URL, withUser}})

	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
	cases := map[string]struct {
		reason, address, path, auth string
	}{
		"HostPort": {reason: "As nodes register.", address: host, path: "/health"},
		"URL":      {reason: "As a person writes.", address: "http://" + host, path: "/health"},
		"URLSlash": {reason: "As a person writes.", address: "http://" + host + "/", path: "/health"},
		"BaseURL":  {reason: "A configured endpoint keeps prefix and credentials.", address: withUser, path: "/limiter/health", auth: basic},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := c.Health(t.Context(), tc.address)
			if err != nil || got != (ratelimiter.Health{Status: "healthy", NodeID: "node-1"}) {
				t.Errorf("%s\nHealth() = %+v, %v", tc.reason, got, err)
			}
			if diff := cmp.Diff([]any{tc.path, tc.auth}, []any{path.Load(), auth.Load()}); diff != "" {
				t.Errorf("%s\npath and authorization, -want +got:\n%s", tc.reason, diff)
			}
		})
	}
	if other.Asked.Load() != 0 {
		t.Error("another endpoint was asked")
	}
}

func TestHealthRefusesHostileAddresses(t *testing.T) {
	n := clienttest.Serve(t, clienttest.Answering(200, healthy))
	host := strings.TrimPrefix(n.URL, "http://")
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{n.URL}})
	for name, address := range map[string]string{
		"Empty":         "",
		"NoPort":        "127.0.0.1",
		"NoHost":        ":80",
		"PortZero":      "127.0.0.1:0",
		"PortTooHigh":   "127.0.0.1:65536",
		"PortName":      "127.0.0.1:http",
		"PortSigned":    "127.0.0.1:+80",
		"Path":          host + "/admin",
		"PathUp":        host + "/../admin",
		"Query":         host + "?x=",
		"Fragment":      host + "#",
		"User":          "user:pass@" + host,
		"UserOnly":      "user@" + host,
		"Space":         host + " ",
		"Newline":       host + "\r\nX: y",
		"Escape":        "127.0.0.1%2f:80",
		"Unicode":       "еxample.com:80",
		"Zone":          "[fe80::1%eth0]:80",
		"BareIPv6":      "::1:80",
		"LongName":      strings.Repeat("a.", 127) + "a:80",
		"LongLabel":     strings.Repeat("a", 64) + ":80",
		"EmptyLabel":    "a..b:80",
		"OtherScheme":   "file:///etc/passwd",
		"Redis":         "redis://" + host,
		"URLUser":       "http://user@" + host,
		"URLPath":       "http://" + host + "/admin",
		"URLQuery":      "http://" + host + "?",
		"URLFragment":   "http://" + host + "#",
		"URLNoHost":     "http://",
		"URLColon":      "http://localhost:",
		"URLPort":       "http://localhost:99999",
		"URLZone":       "http://[fe80::1%25eth0]:80",
		"URLBackslash":  `http://evil\@` + host,
		"URLUpperCase":  "HTTP://" + host,
		"URLInvalid":    "http://%zz/",
		"URLWhitespace": "http://" + host + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Health(t.Context(), address)
			got := clienttest.OutcomeOf(nil, err)
			if got.Class != failure.Invalid || got.Sent || !strings.HasPrefix(got.Detail, "address: ") {
				t.Errorf("%q: %v", address, err)
			}
		})
	}
	if got := n.Asked.Load(); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

func TestHealthFailures(t *testing.T) {
	cases := map[string]struct {
		reason string
		status int
		body   string
		want   clienttest.Outcome
	}{
		"Unhealthy": {reason: "Not well, by its own word.", status: 503, body: "starting", want: clienttest.Outcome{Class: failure.Failing, Status: 503, Detail: `"starting"`, Sent: true}},
		"NotFound":  {reason: "Something else lives there.", status: 404, want: clienttest.Outcome{Class: failure.Rejected, Status: 404, Detail: "the answer is empty", Sent: true}},
		"Nameless":  {reason: "Which node answered?", status: 200, body: `{"status":"healthy"}`, want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Detail: "node_id is missing", Sent: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n := clienttest.Serve(t, clienttest.Answering(tc.status, tc.body))
			c := newClient(t, ratelimiter.Options{BaseURLs: []string{"http://127.0.0.1:1"}})
			_, err := c.Health(t.Context(), strings.TrimPrefix(n.URL, "http://"))
			if diff := cmp.Diff(tc.want, clienttest.OutcomeOf(nil, err)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestHealthOfHosts(t *testing.T) {
	c := newClient(t, ratelimiter.Options{
		BaseURLs:   []string{"http://127.0.0.1:1"},
		HTTPClient: &http.Client{Transport: mirror{}},
	})
	for address, want := range map[string]string{
		"node_1.limiter.local:8080": "http://node_1.limiter.local:8080/health",
		"node-1.:8080":              "http://node-1.:8080/health",
		"[::1]:8080":                "http://[::1]:8080/health",
		"https://node-1":            "https://node-1/health",
		"https://[2001:db8::1]":     "https://[2001:db8::1]/health",
		"https://node-1:8443/":      "https://node-1:8443/health",
	} {
		got, err := c.Health(t.Context(), address)
		if err != nil || got.NodeID != want {
			t.Errorf("Health(%q) asked %q, want %q: %v", address, got.NodeID, want, err)
		}
	}
}
