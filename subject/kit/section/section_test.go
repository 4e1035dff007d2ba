package section_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit/section"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCheck(t *testing.T) {
	notACertificate := filepath.Join(t.TempDir(), "not-a-certificate.pem")
	if err := os.WriteFile(notACertificate, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		reason string
		change func(p *section.Prometheus)
		want   []string
	}{
		"Well":          {"the defaults and an address", func(*section.Prometheus) {}, nil},
		"URL":           {"no scheme", func(p *section.Prometheus) { p.URL = "p:9090" }, []string{"m.url"}},
		"Durations":     {"0 is no time", func(p *section.Prometheus) { p.Timeout, p.RateWindow = 0, -1 }, []string{"m.rate_window", "m.timeout"}},
		"ShortWindow":   {"milliseconds are the finest range", func(p *section.Prometheus) { p.RateWindow = 1 }, []string{"m.rate_window"}},
		"Match":         {"names and values", func(p *section.Prometheus) { p.Match = map[string]string{"a b": "x", "le": "x", "ok": "", "fine": "x"} }, []string{"m.match", "m.match", "m.match"}},
		"PasswordTwice": {"one of them", func(p *section.Prometheus) { p.BasicAuth = &section.BasicAuth{Password: "p", PasswordFile: "f"} }, []string{"m.basic_auth.password_file"}},
		"Both": {"one of them", func(p *section.Prometheus) {
			p.BasicAuth, p.Bearer = &section.BasicAuth{}, &section.Bearer{Token: "t"}
		}, []string{"m.bearer"}},
		"NoToken":    {"an empty section", func(p *section.Prometheus) { p.Bearer = &section.Bearer{} }, []string{"m.bearer"}},
		"TokenTwice": {"one of them", func(p *section.Prometheus) { p.Bearer = &section.Bearer{Token: "t", TokenFile: "f"} }, []string{"m.bearer"}},
		"NoFile":     {"files are read", func(p *section.Prometheus) { p.TLS = &section.TLS{CAFile: "/does/not/exist"} }, []string{"m.tls"}},
		"NoPEM":      {"and understood", func(p *section.Prometheus) { p.TLS = &section.TLS{CAFile: notACertificate} }, []string{"m.tls"}},
		"HalfAPair":  {"a certificate has a key", func(p *section.Prometheus) { p.TLS = &section.TLS{CertFile: "c"} }, []string{"m.tls"}},
		"AllAtOnce": {"each by its own path", func(p *section.Prometheus) {
			*p = section.Prometheus{URL: "x", TLS: &section.TLS{KeyFile: "k"}}
		}, []string{"m.rate_window", "m.timeout", "m.tls", "m.url"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := section.DefaultPrometheus()
			p.URL = "http://p"
			tc.change(&p)
			var problems kit.Problems
			p.Check("m", &problems)
			var got []string
			if e, ok := errors.AsType[*protocol.Error](problems.Err("wrong")); ok {
				for _, f := range e.Fields {
					got = append(got, f.Path)
					if f.Message == "" || strings.Contains(f.Message, "Options") || strings.Contains(f.Message, "RateWindow") {
						t.Errorf("%s: %q", f.Path, f.Message)
					}
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			client, err := prometheus.New(p.Options())
			if err == nil {
				client.Close()
			} else if got == nil {
				t.Errorf("the check lets pass what the client refuses: %v", err)
			}
		})
	}
}

func TestCheckLabel(t *testing.T) {
	for label, ok := range map[string]bool{"instance": true, "pod": true, "": false, "a b": false, "9": false, "le": false, "a) (up": false} {
		if err := section.CheckLabel(label); (err == nil) != ok {
			t.Errorf("CheckLabel(%q) = %v", label, err)
		}
	}
}

func TestDetail(t *testing.T) {
	plain := errors.New("plain")
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"Nil":        {nil, "<nil>"},
		"Another":    {plain, "plain"},
		"NoDetail":   {&failure.Error{Op: "x", Class: failure.Invalid}, "x: invalid"},
		"Option":     {&failure.Error{Op: "options", Class: failure.Invalid, Detail: "URL: not the address of a server"}, "not the address of a server"},
		"NoOption":   {&failure.Error{Op: "endpoint", Class: failure.Invalid, Detail: "no host: want http://host:port"}, "no host: want http://host:port"},
		"Wrapped":    {fmt.Errorf("around: %w", &failure.Error{Detail: "A: b"}), "b"},
		"NoTwoParts": {&failure.Error{Detail: "empty"}, "empty"},
	} {
		if got := fmt.Sprint(section.Detail(tc.err)); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// TestCredentials are sent, and shown nowhere else.
func TestCredentials(t *testing.T) {
	const secret = "hunter2"
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ config, want string }{
		"None":         {`{}`, ""},
		"Password":     {`{"basic_auth": {"username": "u", "password": "hunter2"}}`, "Basic dTpodW50ZXIy"},
		"PasswordFile": {`{"basic_auth": {"username": "u", "password_file": "` + file + `"}}`, "Basic dTpodW50ZXIy"},
		"Token":        {`{"bearer": {"token": "hunter2"}}`, "Bearer hunter2"},
		"TokenFile":    {`{"bearer": {"token_file": "` + file + `"}}`, "Bearer hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan string, 1)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent <- r.Header.Get("Authorization")
				w.WriteHeader(http.StatusForbidden)
			}))
			defer server.Close()
			p := section.DefaultPrometheus()
			if err := json.Unmarshal([]byte(tc.config), &p); err != nil {
				t.Fatal(err)
			}
			p.URL = server.URL
			client, err := prometheus.New(p.Options())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			_, err = client.Query(t.Context(), "up")
			if got := <-sent; got != tc.want {
				t.Errorf("sent %q, want %q", got, tc.want)
			}
			if said := fmt.Sprintf("%v %+v %#v %v", p, p.BasicAuth, p.Bearer, err); strings.Contains(said, secret) {
				t.Errorf("the secret is in %s", said)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	p := section.DefaultPrometheus()
	p.URL, p.Match = "http://p/x", map[string]string{"job": "a"}
	p.TLS = &section.TLS{CAFile: "ca", CertFile: "c", KeyFile: "k", ServerName: "s", InsecureSkipVerify: true}
	o := p.Options()
	got := []any{o.URL, o.Match["job"], o.RateWindow, o.HTTPClientConfig.FollowRedirects}
	if diff := cmp.Diff([]any{"http://p/x", "a", time.Minute, false}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(p.TLS.Prometheus(), o.HTTPClientConfig.TLSConfig); diff != "" {
		t.Errorf("TLS: -want +got:\n%s", diff)
	}
}

func TestTLS(t *testing.T) {
	var none *section.TLS
	if c, err := none.Config(); c != nil || err != nil {
		t.Errorf("no section: %v, %v", c, err)
	}
	c, err := (&section.TLS{ServerName: "pd", InsecureSkipVerify: true}).Config()
	if err != nil || c.ServerName != "pd" || !c.InsecureSkipVerify {
		t.Errorf("%+v, %v", c, err)
	}
}
