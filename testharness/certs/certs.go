package certs

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
	"net"
	"os"
	"path/filepath"
	"time"
)

// life is how long before and after now a certificate is valid. Before, because
// clocks of the same machine agree and those of containers may not.
const life = 24 * time.Hour

// Authority is a certificate authority with its files in a directory. It is safe
// for concurrent use, as long as no two calls use the same name.
type Authority struct {
	dir  string
	file string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Pair is a certificate and its private key, as paths of PEM files.
type Pair struct{ CertFile, KeyFile string }

// Leaf says what a server's certificate is like. The zero value is a good one
// for every server on this machine: for 127.0.0.1, ::1 and localhost, valid now.
type Leaf struct {
	// Hosts are the names and IP addresses that it is for; nil is this machine.
	Hosts []string
	// NotBefore and NotAfter are when it is valid; zero is a day before and after
	// now.
	NotBefore, NotAfter time.Time
}

// New makes an authority. Its certificate is dir/ca.crt; dir has to exist.
func New(dir string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an authority's key: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: now.Add(-life), NotAfter: now.Add(life),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make an authority's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the authority's certificate back: %w", err)
	}
	a := &Authority{dir: dir, file: filepath.Join(dir, "ca.crt"), cert: cert, key: key}
	return a, write(a.file, "CERTIFICATE", der)
}

// CAFile is the path of the authority's certificate, which who trusts it needs.
func (a *Authority) CAFile() string { return a.file }

// TLS is the configuration of a client that trusts this authority alone.
func (a *Authority) TLS() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// Issue makes a server's certificate and writes it to NAME.crt and NAME.key in
// the authority's directory.
func (a *Authority) Issue(name string, leaf Leaf) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make the key of %s: %w", name, err)
	}
	template := leaf.template(name)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("make the certificate of %s: %w", name, err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("encode the key of %s: %w", name, err)
	}
	pair := Pair{CertFile: filepath.Join(a.dir, name+".crt"), KeyFile: filepath.Join(a.dir, name+".key")}
	if err := write(pair.CertFile, "CERTIFICATE", der); err != nil {
		return Pair{}, err
	}
	return pair, write(pair.KeyFile, "PRIVATE KEY", keyDER)
}

func (l Leaf) template(name string) *x509.Certificate {
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-life), NotAfter: now.Add(life),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if !l.NotBefore.IsZero() {
		t.NotBefore = l.NotBefore
	}
	if !l.NotAfter.IsZero() {
		t.NotAfter = l.NotAfter
	}
	hosts := l.Hosts
	if hosts == nil {
		hosts = []string{"127.0.0.1", "::1", "localhost"}
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, host)
		}
	}
	return t
}

// serial is a number that no other certificate has.
func serial() *big.Int {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // it never fails
	return new(big.Int).SetBytes(random)
}

func write(path, kind string, der []byte) error {
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		return fmt.Errorf("write a certificate: %w", err)
	}
	return nil
}
