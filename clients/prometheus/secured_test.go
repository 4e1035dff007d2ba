package prometheus

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// The one user of the secured server, and bcrypt's hash of the password at its
// lowest cost.
const (
	user         = "operator"
	password     = "correct horse"
	passwordHash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
)

// TestSecuredServer talks to a Prometheus of its own that wants TLS and a
// password, and then stops and kills it.
func TestSecuredServer(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t)
	base := promconfig.HTTPClientConfig{
		BasicAuth: &promconfig.BasicAuth{Username: user, Password: password},
		TLSConfig: promconfig.TLSConfig{CA: cert},
	}
	ready, err := promconfig.NewClientFromConfig(base, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ready.CloseIdleConnections)
	s, err := startServer(dir, "{}", map[string]string{
		"cert.pem":     cert,
		"key.pem":      key,
		"password.txt": password + "\n",
		"web.yml":      "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {" + user + ": '" + passwordHash + "'}\n",
	}, ready, "https", "--web.config.file="+filepath.Join(dir, "web.yml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.stop() })

	with := func(change func(*promconfig.HTTPClientConfig)) promconfig.HTTPClientConfig {
		cfg := base
		change(&cfg)
		return cfg
	}
	for name, tc := range map[string]struct {
		reason string
		url    string
		config promconfig.HTTPClientConfig
		class  failure.Class
	}{
		"Accepted": {reason: "the right password", config: base},
		"HTTP2":    {reason: "the same over HTTP/2", config: with(func(c *promconfig.HTTPClientConfig) { c.EnableHTTP2 = true })},
		"Files":    {reason: "secrets from files", config: with(func(c *promconfig.HTTPClientConfig) { inFiles(c, dir) })},
		"WrongPassword": {reason: "refused", config: with(func(c *promconfig.HTTPClientConfig) {
			c.BasicAuth = &promconfig.BasicAuth{Username: user, Password: "hunter2"}
		}), class: failure.Unauthenticated},
		"NoPassword": {reason: "refused", config: with(func(c *promconfig.HTTPClientConfig) { c.BasicAuth = nil }), class: failure.Unauthenticated},
		"UnknownCA":  {reason: "a server that cannot be believed", config: with(func(c *promconfig.HTTPClientConfig) { c.TLSConfig = promconfig.TLSConfig{} }), class: failure.Unreachable},
		"PlainHTTP":  {reason: "not spoken here", url: "http" + strings.TrimPrefix(s.url, "https"), config: base, class: failure.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.url == "" {
				tc.url = s.url
			}
			c := newClient(t, Options{URL: tc.url, HTTPClientConfig: tc.config})
			for range 2 {
				v, present, err := c.Value(t.Context(), "vector(1)")
				if failure.ClassOf(err) != tc.class || present != (err == nil) || present && v != 1 {
					t.Errorf("%s: got %v, %v, %v", tc.reason, v, present, err)
				}
				if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), password)) {
					t.Errorf("%s: tells the password: %v", tc.reason, err)
				}
				if failure.IsTLS(err) != (name == "UnknownCA") {
					t.Errorf("%s: IsTLS of %v", tc.reason, err)
				}
			}
		})
	}
	for name, h2 := range map[string]bool{"HTTP1": false, "HTTP2": true} {
		t.Run("Stopped"+name, func(t *testing.T) {
			cfg := with(func(c *promconfig.HTTPClientConfig) { c.EnableHTTP2 = h2 })
			testStopped(t, s, newClient(t, Options{URL: s.url, HTTPClientConfig: cfg}), newClient(t, Options{URL: s.url, HTTPClientConfig: cfg}))
		})
	}
	t.Run("Killed", func(t *testing.T) {
		c := newClient(t, Options{URL: s.url, HTTPClientConfig: base})
		if _, _, err := c.Value(t.Context(), "vector(1)"); err != nil {
			t.Fatal(err)
		}
		if err := s.signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-s.exit
		if _, _, err := c.Value(t.Context(), "vector(1)"); failure.ClassOf(err) != failure.Unreachable {
			t.Errorf("got %v", err)
		}
	})
}

// testStopped asks a server that holds its connections and does nothing, by c on
// a connection it kept and on new ones. The other client, probe, sees when the
// server has stopped: the signal is sent before all its threads have obeyed.
func testStopped(t *testing.T, s *server, c, probe *Client) {
	t.Helper()
	if _, _, err := c.Value(t.Context(), "vector(1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Value(t.Context(), "vector(1)"); err != nil {
			t.Errorf("after it continued: %v", err)
		}
	}()
	ask := func(c *Client) (bool, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, present, err := c.NodeLatencyP99(ctx, "n")
		return present, err
	}
	for deadline := time.Now().Add(startTimeout); ; {
		if _, err := ask(probe); err != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not stop")
		}
	}
	for range 3 {
		start := time.Now()
		present, err := ask(c)
		if failure.ClassOf(err) != failure.Timeout || present || time.Since(start) > soon {
			t.Errorf("got %v, %v after %s", present, err, time.Since(start))
		}
	}
}

func inFiles(c *promconfig.HTTPClientConfig, dir string) {
	c.BasicAuth = &promconfig.BasicAuth{Username: user, PasswordFile: filepath.Join(dir, "password.txt")}
	c.TLSConfig = promconfig.TLSConfig{CAFile: filepath.Join(dir, "cert.pem")}
}

// certificate makes a certificate for loopback that is its own authority.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// TestServerIsMissing is what a machine without Prometheus sees.
func TestServerIsMissing(t *testing.T) {
	t.Setenv("PROMETHEUS", "")
	t.Setenv("PATH", t.TempDir())
	_, err := startServer(t.TempDir(), "{}", nil, nil, "http")
	if err == nil || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat("prometheus.yml"); err == nil {
		t.Error("wrote into the package's folder")
	}
}
