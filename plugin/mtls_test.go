//go:build unix

package plugin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
)

// Who reaches a plugin's socket is served only if it is the plugin's host.
func TestStrangersAreNotServed(t *testing.T) {
	anybody := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} // whoever the plugin is
	own := anybody.Clone()
	own.Certificates = []tls.Certificate{strangersCertificate(t)}
	for name, tc := range map[string]struct {
		reason   string
		disabled bool
		stranger credentials.TransportCredentials
		want     codes.Code
	}{
		"Plain":         {"without TLS nobody is served", false, insecure.NewCredentials(), codes.Unavailable},
		"NoCertificate": {"nor without a certificate", false, credentials.NewTLS(anybody), codes.Unavailable},
		"Own":           {"nor with one that is not the host's", false, credentials.NewTLS(own), codes.Unavailable},
		"Disabled":      {"with DisableMTLS the directory is what keeps others out", true, insecure.NewCredentials(), codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			subject, _ := load(t, fakeConfig{}, func(o *plugin.Options) { o.DisableMTLS = tc.disabled })
			found, err := filepath.Glob(filepath.Join(os.TempDir(), "operator-*", "plugin-dir*", "*"))
			if err != nil || len(found) != 1 {
				t.Fatalf("sockets: %q, %v", found, err)
			}
			conn, err := grpc.NewClient("unix:"+found[0], grpc.WithTransportCredentials(tc.stranger))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, err = subjectv1.NewSubjectServiceClient(conn).Describe(within(t, patience), &subjectv1.DescribeRequest{})
			if got := status.Code(err); got != tc.want {
				t.Errorf("%s: got %v: %v", tc.reason, got, err)
			}
			if _, err := subject.Observe(within(t, patience)); err != nil {
				t.Errorf("its host is not served: %v", err)
			}
		})
	}
}

func strangersCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
