package redis_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (certFile, keyFile string, trust *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "redis"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trust = x509.NewCertPool()
	trust.AddCert(cert)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), trust
}

func TestTLS(t *testing.T) {
	certFile, keyFile, trust := selfSigned(t)
	port := freePort(t)
	args := []string{
		"--tls-port", port, "--tls-cert-file", certFile, "--tls-key-file", keyFile,
		"--tls-ca-cert-file", certFile, "--tls-auth-clients", "no",
	}
	s := startServer(t, args...)
	hit(t, s.admin(t), "k", 0, time.Second)
	trusting := &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}
	addr := "127.0.0.1:" + port

	for name, tc := range map[string]struct {
		reason string
		opts   redis.Options
		want   failure.Class
	}{
		"Trusted":    {reason: "the certificate is for the address", opts: redis.Options{URL: "rediss://" + addr, TLS: trusting}},
		"Addrs":      {reason: "TLS needs no URL", opts: redis.Options{Addrs: []string{addr}, TLS: trusting}},
		"Untrusted":  {reason: "nobody vouches for it", opts: redis.Options{URL: "rediss://" + addr, DialTimeout: 10 * time.Second}, want: failure.Unreachable},
		"PlainToTLS": {reason: "the server hangs up", opts: redis.Options{Addrs: []string{addr}}, want: failure.Unreachable},
		"TLSToPlain": {reason: "the server waits for the rest of what it takes for a command", opts: redis.Options{URL: "rediss://" + s.addr, TLS: trusting, DialTimeout: 100 * time.Millisecond}, want: failure.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, tc.opts)
			for call, do := range everyCall(c) {
				if err := do(t.Context()); failure.ClassOf(err) != tc.want {
					t.Errorf("%s: %s: %v", tc.reason, call, err)
				}
			}
		})
	}

	// TLS hides that the server has closed a pooled connection; all of them may
	// be dead after a restart, and the first call must not suffer for it.
	t.Run("Restart", func(t *testing.T) {
		c := newClient(t, redis.Options{Addrs: []string{addr}, TLS: trusting})
		fillPool(t, c)
		s.kill()
		_, plain, _ := net.SplitHostPort(s.addr)
		if again := spawn(t, plain, args...); !again.ready(t) {
			t.Fatalf("redis-server does not come back:\n%s", again.log)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("the first call after the restart: %v", err)
		}
	})
}
