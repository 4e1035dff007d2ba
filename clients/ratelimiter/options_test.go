package ratelimiter_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// mirror is a transport that answers every GET with the URL it was sent to.
type mirror struct{}

func (mirror) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{"status": "healthy", "node_id": req.URL.String()})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, err
}

func TestNewRefuses(t *testing.T) {
	good := []string{"http://127.0.0.1:8080"}
	cases := map[string]struct {
		reason  string
		options ratelimiter.Options
		want    []string // parts of the error
	}{
		"NoURLs":       {reason: "There is no default limiter.", want: []string{"BaseURLs: empty"}},
		"NotAURL":      {reason: "Named by its place.", options: ratelimiter.Options{BaseURLs: []string{good[0], "http://a b"}}, want: []string{`BaseURLs[1]: not a URL: "http://a b"`}},
		"NoScheme":     {reason: "host:port is not a URL.", options: ratelimiter.Options{BaseURLs: []string{"localhost:8080"}}, want: []string{`got the scheme "localhost"`}},
		"OtherScheme":  {reason: "Only HTTP.", options: ratelimiter.Options{BaseURLs: []string{"ftp://a"}}, want: []string{`got the scheme "ftp"`}},
		"NoHost":       {reason: "A path is not a host.", options: ratelimiter.Options{BaseURLs: []string{"http:///a"}}, want: []string{"no host"}},
		"OnlyPort":     {reason: "A port is not a host.", options: ratelimiter.Options{BaseURLs: []string{"http://:80"}}, want: []string{"no host"}},
		"Opaque":       {reason: "Neither is this.", options: ratelimiter.Options{BaseURLs: []string{"http:a"}}, want: []string{"no host"}},
		"EmptyPort":    {reason: "Something was left out.", options: ratelimiter.Options{BaseURLs: []string{"http://a:"}}, want: []string{"no port"}},
		"PortTooHigh":  {reason: "There is no such port.", options: ratelimiter.Options{BaseURLs: []string{"http://a:65536"}}, want: []string{`"65536"`}},
		"Query":        {reason: "Paths are appended.", options: ratelimiter.Options{BaseURLs: []string{"http://a?b"}}, want: []string{"no query"}},
		"EmptyQuery":   {reason: "Paths are appended.", options: ratelimiter.Options{BaseURLs: []string{"http://a?"}}, want: []string{"no query"}},
		"Fragment":     {reason: "Paths are appended.", options: ratelimiter.Options{BaseURLs: []string{"http://a#b"}}, want: []string{"no fragment"}},
		"EmptyFrag":    {reason: "Paths are appended.", options: ratelimiter.Options{BaseURLs: []string{"http://a#"}}, want: []string{"no fragment"}},
		"Negative":     {reason: "Every wrong field is named.", options: ratelimiter.Options{BaseURLs: good, HedgeDelay: -1, Timeout: -1, MaxBody: -1}, want: []string{"HedgeDelay: negative", "Timeout: negative", "MaxBody: negative"}},
		"UserAgent":    {reason: "A header is one line.", options: ratelimiter.Options{BaseURLs: good, UserAgent: "a\r\nb"}, want: []string{`UserAgent: not printable ASCII: "a\r\nb"`}},
		"SecretSlash":  {reason: "A password is not shown.", options: ratelimiter.Options{BaseURLs: []string{"http://u:SECRET/x@a"}}, want: []string{"BaseURLs[0]: not a URL"}},
		"SecretEscape": {reason: "A password is not shown.", options: ratelimiter.Options{BaseURLs: []string{"http://u:SECRET%@a"}}, want: []string{"BaseURLs[0]: not a URL"}},
		"SecretQuery":  {reason: "A password is not shown.", options: ratelimiter.Options{BaseURLs: []string{"http://u:SECRET@a?b"}}, want: []string{"no query"}},
		"SecretScheme": {reason: "A password is not shown.", options: ratelimiter.Options{BaseURLs: []string{"redis://u:SECRET@a"}}, want: []string{`the scheme "redis"`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := ratelimiter.New(tc.options)
			if err == nil || c != nil {
				t.Fatalf("%s\nNew() accepted %+v", tc.reason, tc.options)
			}
			if failure.ClassOf(err) != failure.Invalid {
				t.Errorf("%s\nclass %q: %v", tc.reason, failure.ClassOf(err), err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s\nno %q in: %v", tc.reason, part, err)
				}
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s\nshown: %v", tc.reason, err)
			}
		})
	}
}

func TestBaseURLs(t *testing.T) {
	for base, want := range map[string]string{
		"http://a":                "http://a/health",
		"https://a:8443/":         "https://a:8443/health",
		"http://a/limiter":        "http://a/limiter/health",
		"http://a/x/y//":          "http://a/x/y/health",
		"http://a/x%2Fy":          "http://a/x%2Fy/health",
		"http://a/x%2F":           "http://a/x%2F/health",
		"http://a/%D0%BA":         "http://a/%D0%BA/health",
		"http://[::1]:80":         "http://[::1]:80/health",
		"http://[fe80::1%25lo]":   "http://[fe80::1%25lo]/health",
		"http://u:p%40%2F@a:80/x": "http://a:80/x/health",
	} {
		if err := ratelimiter.ValidateBaseURL(base); err != nil {
			t.Errorf("ValidateBaseURL(%q) = %v", base, err)
		}
		c := newClient(t, ratelimiter.Options{BaseURLs: []string{base}, HTTPClient: &http.Client{Transport: mirror{}}})
		if got, err := c.Health(t.Context(), base); err != nil || got.NodeID != want {
			t.Errorf("with the base URL %q asked %q, want %q: %v", base, got.NodeID, want, err)
		}
	}
	if err := ratelimiter.ValidateBaseURL("http://u:SECRET@a:0"); failure.ClassOf(err) != failure.Invalid || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("ValidateBaseURL() = %v", err)
	}
}

func TestCredentialsAreSentAndNotShown(t *testing.T) {
	var got []string
	n := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got = []string{user, password, r.Header.Get("User-Agent"), r.Header.Get("Accept")}
		w.WriteHeader(http.StatusUnauthorized)
	})
	for name, url := range map[string]string{"Refused": n.URL, "Dead": clienttest.DeadURL(t)} {
		t.Run(name, func(t *testing.T) {
			withUser := strings.Replace(url, "http://", "http://user:SE%2FCRET@", 1)
			c := newClient(t, ratelimiter.Options{BaseURLs: []string{withUser}, UserAgent: "test/1"})
			_, err := c.Limits(t.Context())
			if err == nil || strings.Contains(err.Error(), "CRET") || strings.Contains(err.Error(), "user") {
				t.Errorf("got %v", err)
			}
		})
	}
	if strings.Join(got, " ") != "user SE/CRET test/1 application/json" {
		t.Errorf("the service saw %q", got)
	}
}
