package plugin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// clientCertificate is the variable in which go-plugin's AutoMTLS gives a plugin
// the host's certificate.
const clientCertificate = "PLUGIN_CLIENT_CERT"

// newCertificate makes a certificate that signs itself, for one start of one
// plugin. go-plugin would make them too, on the curve P-521: that takes most of
// the time in which a plugin starts, and not every implementation of TLS knows
// it.
func newCertificate(name string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{"localhost"},
		NotBefore:    now.Add(-time.Hour), // clocks are set back now and then
		NotAfter:     now.AddDate(30, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		// Whoever gets it trusts it as the root that it is.
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// An identity is what a host shows to one plugin.
type identity struct {
	env []string // for the plugin
	tls *tls.Config
}

// newIdentity makes an identity, or none where TLS is left out.
func newIdentity(opts Options) (identity, error) {
	if opts.DisableMTLS {
		return identity{}, nil
	}
	certificate, err := newCertificate("operator host")
	if err != nil {
		return identity{}, err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	return identity{
		env: []string{clientCertificate + "=" + string(block)},
		tls: &tls.Config{
			Certificates: []tls.Certificate{certificate},
			MinVersion:   tls.VersionTLS12,
			ServerName:   "localhost",
			// Nobody, until go-plugin has read the plugin's certificate from its
			// handshake and puts it here.
			RootCAs: x509.NewCertPool(),
		},
	}, nil
}
