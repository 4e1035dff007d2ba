package pd_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

func TestNewRefuses(t *testing.T) {
	good := []string{"http://127.0.0.1:2379"}
	cases := map[string]struct {
		reason  string
		options pd.Options
		want    []string // parts of the error
	}{
		"NoEndpoints": {reason: "There is no default PD.", want: []string{"PD client options: invalid: Endpoints: empty: want at least one, such as http://127.0.0.1:2379"}},
		"NoScheme":    {reason: "Named by its place.", options: pd.Options{Endpoints: append([]string{"127.0.0.1:2379"}, good...)}, want: []string{"Endpoints[0]: "}},
		"OtherScheme": {reason: "Only HTTP.", options: pd.Options{Endpoints: []string{"grpc://u:SECRET@a:1"}}, want: []string{`Endpoints[0]: want http://host:port or https://host:port, got the scheme "grpc"`}},
		"Query":       {reason: "Paths are appended.", options: pd.Options{Endpoints: []string{good[0] + "/pd/api/v1?a"}}, want: []string{"no query"}},
		"Negative":    {reason: "Every wrong field is named.", options: pd.Options{Endpoints: good, HedgeDelay: -1, Timeout: -1, MaxBody: -1}, want: []string{"HedgeDelay: negative", "Timeout: negative", "MaxBody: negative"}},
		"TLSTwice":    {reason: "One of them would be without effect.", options: pd.Options{Endpoints: good, TLS: &tls.Config{MinVersion: tls.VersionTLS12}, HTTPClient: &http.Client{}}, want: []string{"TLS: without effect beside HTTPClient"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := pd.New(tc.options)
			if err == nil || c != nil {
				t.Fatalf("%s\nNew() accepted %+v", tc.reason, tc.options)
			}
			if failure.ClassOf(err) != failure.Invalid || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s\nclass %q: %v", tc.reason, failure.ClassOf(err), err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s\nno %q in: %v", tc.reason, part, err)
				}
			}
		})
	}
	if err := pd.ValidateEndpoint("http://u:SECRET@a:0/pd/api/v1"); failure.ClassOf(err) != failure.Invalid || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("ValidateEndpoint() = %v", err)
	}
}

func TestEndpointsWithAndWithoutTheAPI(t *testing.T) {
	for suffix, want := range map[string]string{
		"":                  "/pd/api/v1/schedulers",
		"/":                 "/pd/api/v1/schedulers",
		"/pd/api/v1":        "/pd/api/v1/schedulers",
		"/pd/api/v1/":       "/pd/api/v1/schedulers",
		"/proxy":            "/proxy/pd/api/v1/schedulers",
		"/pr%2Fx/pd/api/v1": "/pr%2Fx/pd/api/v1/schedulers",
		"/pd":               "/pd/pd/api/v1/schedulers",
	} {
		server := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.RequestURI != want {
				t.Errorf("with %q asked %s, want %s", suffix, r.RequestURI, want)
			}
			clienttest.Answering(200, "[]")(w, r)
		})
		if err := pd.ValidateEndpoint(server.URL + suffix); err != nil {
			t.Errorf("ValidateEndpoint(%q) = %v", suffix, err)
		}
		c := newClient(t, pd.Options{Endpoints: []string{server.URL + suffix}})
		if _, err := c.Schedulers(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(clienttest.Answering(200, `["a"]`))
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}, TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}})
	if names, err := c.Schedulers(t.Context()); err != nil || len(names) != 1 {
		t.Errorf("Schedulers() = %v, %v", names, err)
	}
	if err := c.AddEvictLeader(t.Context(), 1); failure.ClassOf(err) != failure.Malformed {
		t.Errorf("a write over TLS was not answered: %v", err)
	}
}
