package prometheus

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func TestNew(t *testing.T) {
	const url = "http://localhost:9090"
	for name, tc := range map[string]struct {
		reason  string
		options Options
		wrong   []string // parts of the error's text; none: no error
	}{
		"Minimal":      {reason: "a URL is enough", options: Options{URL: url}},
		"Prefix":       {reason: "a path prefix", options: Options{URL: "https://example.com/prom/"}},
		"IPv6":         {reason: "", options: Options{URL: "http://[::1]:9090"}},
		"NoURL":        {reason: "required", wrong: []string{"URL: not the address of a server; want http://"}},
		"Relative":     {reason: "no scheme", options: Options{URL: "localhost:9090"}, wrong: []string{"URL"}},
		"Scheme":       {reason: "not spoken", options: Options{URL: "ftp://localhost"}, wrong: []string{"URL"}},
		"NoHost":       {reason: "where?", options: Options{URL: "http://:9090"}, wrong: []string{"URL"}},
		"Port":         {reason: "no such port", options: Options{URL: "http://localhost:99999"}, wrong: []string{"URL: the port"}},
		"Query":        {reason: "would be lost", options: Options{URL: url + "/?token=hunter2"}, wrong: []string{"URL: holds a query"}},
		"Credentials":  {reason: "they belong elsewhere", options: Options{URL: "http://me:hunter2@localhost"}, wrong: []string{"HTTPClientConfig.BasicAuth"}},
		"BrokenSecret": {reason: "what does not parse may be a secret", options: Options{URL: "http://me:hunter2"}, wrong: []string{"URL"}},
		"BareSecret":   {reason: "what does not parse may be a secret", options: Options{URL: "hunter2:me@localhost"}, wrong: []string{"URL"}},
		"Everything": {
			reason: "all wrong fields are named at once",
			options: Options{
				URL: "x", Timeout: -1, MaxBody: -1, RateWindow: -time.Second,
				Labels:  LabelNames{Node: "a-b", Key: "le", Instance: "", Result: "\x1b"},
				Metrics: MetricNames{CheckDuration: "a b", RequestsChecked: "1"},
				Match:   map[string]string{"a b": "c", "__name__": "n", "job": "", "env": "\xff"},
			},
			wrong: []string{"URL", "Timeout", "MaxBody", "RateWindow", "Labels.Node", "Labels.Key", `Labels.Result: "\x1b"`, "Metrics.CheckDuration", "Metrics.RequestsChecked", `Match: "a b"`, "Match: the label __name__", "Match[job]", "Match[env]"},
		},
		"SameLabel":   {reason: "one label cannot say both", options: Options{URL: url, Labels: LabelNames{Key: "result"}}, wrong: []string{"Labels.Result"}},
		"TwoAuths":    {reason: "checked by the library", options: Options{URL: url, HTTPClientConfig: promconfig.HTTPClientConfig{BasicAuth: &promconfig.BasicAuth{Username: "u", Password: "hunter2"}, BearerToken: "hunter2"}}, wrong: []string{"HTTPClientConfig: at most one of"}},
		"MissingCA":   {reason: "the file is named", options: Options{URL: url, HTTPClientConfig: promconfig.HTTPClientConfig{TLSConfig: promconfig.TLSConfig{CAFile: "/no/such/ca.pem"}}}, wrong: []string{"HTTPClientConfig", "/no/such/ca.pem"}},
		"BadKey":      {reason: "without the key itself", options: Options{URL: url, HTTPClientConfig: promconfig.HTTPClientConfig{TLSConfig: promconfig.TLSConfig{Cert: "x", Key: "hunter2"}}}, wrong: []string{"HTTPClientConfig"}},
		"Both":        {reason: "a transport would ignore the settings", options: Options{URL: url, Transport: http.DefaultTransport, HTTPClientConfig: promconfig.HTTPClientConfig{BearerToken: "hunter2"}}, wrong: []string{"HTTPClientConfig", "Transport"}},
		"BothDefault": {reason: "the library's defaults are no settings", options: Options{URL: url, Transport: http.DefaultTransport, HTTPClientConfig: promconfig.DefaultHTTPClientConfig}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(tc.options)
			if err == nil {
				c.Close()
				c.Close()
			}
			if (err == nil) != (len(tc.wrong) == 0) {
				t.Fatalf("%s: got %v", tc.reason, err)
			}
			if err == nil {
				return
			}
			if failure.ClassOf(err) != failure.Invalid || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: got %v", tc.reason, err)
			}
			for _, part := range tc.wrong {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %v lacks %s", tc.reason, err, part)
				}
			}
		})
	}
}

// TestNewLeavesTheConfigAlone shares one configuration between two clients.
func TestNewLeavesTheConfigAlone(t *testing.T) {
	cfg := promconfig.HTTPClientConfig{Authorization: &promconfig.Authorization{Credentials: "token"}}
	for range 2 {
		newClient(t, Options{URL: "http://localhost", HTTPClientConfig: cfg})
	}
	if cfg.Authorization.Type != "" {
		t.Errorf("the type became %q", cfg.Authorization.Type)
	}
}

// TestNames asks with other names for everything.
func TestNames(t *testing.T) {
	f := newFake(t, answering(200, vectorOf("")))
	c := newClient(t, Options{
		URL:        f.URL,
		Labels:     LabelNames{Node: "pod", Key: "subject", Instance: "addr", Result: "verdict"},
		Metrics:    MetricNames{CheckDuration: "d", RequestsChecked: "n"},
		Match:      map[string]string{"job": `x"y`, "env": "eu"},
		RateWindow: 5 * time.Minute,
	})
	ctx := t.Context()
	for want, ask := range map[string]func() error{
		`histogram_quantile(0.99, sum by (le) (rate(d_bucket{env="eu",job="x\"y",pod="p"}[5m]))) * 1000`:  func() error { _, _, err := c.NodeLatencyP99(ctx, "p"); return err },
		`histogram_quantile(0.99, sum by (le,pod,addr) (rate(d_bucket{env="eu",job="x\"y"}[5m]))) * 1000`: func() error { _, err := c.LatencyP99(ctx); return err },
		`sum(increase(n{env="eu",job="x\"y",verdict="allowed",subject="k"}[60s]))`:                        func() error { _, _, err := c.AllowedRequests(ctx, "k", time.Minute); return err },
		`sum by (subject) (increase(n{env="eu",job="x\"y",verdict="allowed",subject=~"k|l\\."}[1500ms]))`: func() error {
			_, err := c.AllowedByKey(ctx, []string{"k", "l."}, 1500*time.Millisecond)
			return err
		},
		`label_replace(count(n{env="eu",job="x\"y",subject!=""}), "series", "with_key", "", "") or label_replace(count(n{env="eu",job="x\"y",subject=""}), "series", "without_key", "", "")`: func() error { _, _, err := c.KeyLabelled(ctx); return err },
	} {
		if err := ask(); err != nil {
			t.Error(err)
		}
		if got := (<-f.form).Get("query"); got != want {
			t.Errorf("sent\n%s, want\n%s", got, want)
		}
	}
}

// TestInjectedTransport is used as it is, and not closed.
func TestInjectedTransport(t *testing.T) {
	rec := &recorder{body: vectorOf(`{"metric":{},"value":[1,"5"]}`)}
	c := newClient(t, Options{URL: "http://unresolvable.invalid", Transport: rec})
	v, present, err := c.Value(t.Context(), "up")
	if err != nil || !present || v != 5 {
		t.Errorf("got %v, %v, %v", v, present, err)
	}
	c.Close()
	if rec.closed {
		t.Error("Close reached the caller's transport")
	}
}

type recorder struct {
	body   string
	closed bool
}

func (r *recorder) RoundTrip(*http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	_, _ = w.WriteString(r.body)
	return w.Result(), nil
}

func (r *recorder) CloseIdleConnections() { r.closed = true }
