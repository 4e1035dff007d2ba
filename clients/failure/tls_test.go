package failure_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// TestIsTLS lets real handshakes fail.
func TestIsTLS(t *testing.T) {
	cases := map[string]struct {
		reason string
		server func(*httptest.Server)           // before it starts
		client func(*x509.CertPool) *tls.Config // nil: the URL's host is trusted as the server says
		plain  bool                             // the server speaks no TLS
		want   bool
	}{
		"Fine":             {reason: "No error.", client: func(p *x509.CertPool) *tls.Config { return &tls.Config{RootCAs: p, MinVersion: tls.VersionTLS12} }},
		"UnknownAuthority": {reason: "Signed by nobody we know.", client: func(*x509.CertPool) *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS12} }, want: true},
		"OtherName": {reason: "A certificate for somebody else.", client: func(p *x509.CertPool) *tls.Config {
			return &tls.Config{RootCAs: p, ServerName: "other.test", MinVersion: tls.VersionTLS12}
		}, want: true},
		"ServerRefuses": {
			reason: "The server wants a certificate from us and sends an alert.",
			server: func(s *httptest.Server) {
				s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
			},
			client: func(p *x509.CertPool) *tls.Config { return &tls.Config{RootCAs: p, MinVersion: tls.VersionTLS12} },
			want:   true,
		},
		"OldServer": {
			reason: "No version in common: an alert during the handshake.",
			server: func(s *httptest.Server) {
				s.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, MinVersion: tls.VersionTLS12}
			},
			client: func(p *x509.CertPool) *tls.Config { return &tls.Config{RootCAs: p, MinVersion: tls.VersionTLS13} },
			want:   true,
		},
		"NoTLS": {
			reason: "HTTP where TLS was expected.",
			client: func(p *x509.CertPool) *tls.Config { return &tls.Config{RootCAs: p, MinVersion: tls.VersionTLS12} },
			plain:  true,
			want:   true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
			if tc.server != nil {
				tc.server(server)
			}
			var url string
			pool := x509.NewCertPool()
			if tc.plain {
				server.Start()
				url = "https" + server.URL[len("http"):]
			} else {
				server.StartTLS()
				url = server.URL
				pool.AddCert(server.Certificate())
			}
			defer server.Close()
			transport := &http.Transport{TLSClientConfig: tc.client(pool)}
			defer transport.CloseIdleConnections()
			err := get(t.Context(), &http.Client{Transport: transport}, url)
			if failure.IsTLS(err) != tc.want {
				t.Errorf("%s\nIsTLS(%v) = %t", tc.reason, err, !tc.want)
			}
		})
	}
}

func TestIsTLSOfOthers(t *testing.T) {
	for _, err := range []error{nil, io.EOF, errors.New("tls: something"), context.Canceled, get(t.Context(), http.DefaultClient, "http://127.0.0.1:1")} {
		if failure.IsTLS(err) {
			t.Errorf("IsTLS(%v)", err)
		}
	}
	for _, err := range []error{tls.AlertError(40), tls.RecordHeaderError{}, x509.UnknownAuthorityError{}, x509.HostnameError{Certificate: &x509.Certificate{}}} {
		if !failure.IsTLS(err) {
			t.Errorf("not IsTLS(%v)", err)
		}
	}
}
