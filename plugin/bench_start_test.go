//go:build unix

package plugin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// BenchmarkStart compares a start up to the first observation with a bare
// execution of the same binary, each in turn, and reports the medians of its
// parts: the launch (up to the definition), the opening, the observation, and
// closing, which is not in the total. "certificate" is what it would take either
// side to make a key and a certificate as go-plugin's AutoMTLS does.
func BenchmarkStart(b *testing.B) {
	const (
		bare = iota
		certificate
		launch
		open
		observe
		total
		plain
		closing
	)
	names := []string{"exec", "certificate", "launch", "open", "observe", "total", "plain-total", "close"}
	took := make([][]time.Duration, len(names))
	note := func(part int, since time.Time) time.Time {
		now := time.Now()
		took[part] = append(took[part], now.Sub(since))
		return now
	}
	for b.Loop() {
		at := time.Now()
		cmd := exec.CommandContext(b.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), modeVariable+"=leaves")
		if _, err := cmd.Output(); err != nil {
			b.Fatal(err)
		}
		at = note(bare, at)
		makeCertificate(b)
		note(certificate, at)
		for _, without := range []bool{false, true} {
			opts := pluginOptions()
			opts.DisableMTLS = without
			began := time.Now()
			p, err := plugin.Launch(b.Context(), opts)
			if err != nil {
				b.Fatal(err)
			}
			launched := time.Now()
			subject, err := p.Definition().Open(b.Context(), fakeConfig{Observe: "bench"}.json())
			if err != nil {
				b.Fatal(err)
			}
			opened := time.Now()
			if _, err := subject.Observe(b.Context()); err != nil {
				b.Fatal(err)
			}
			if without {
				note(plain, began)
			} else {
				took[launch] = append(took[launch], launched.Sub(began))
				took[open] = append(took[open], opened.Sub(launched))
				note(observe, opened)
				note(total, began)
			}
			at := time.Now()
			if err := p.Close(); err != nil {
				b.Fatal(err)
			}
			note(closing, at)
		}
	}
	for i, name := range names {
		b.ReportMetric(float64(median(took[i]))/float64(time.Millisecond), name+"-p50-ms")
	}
	b.ReportMetric(0, "ns/op") // all of them together mean nothing
}

// makeCertificate makes what go-plugin's AutoMTLS makes on either side.
func makeCertificate(b *testing.B) {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour)}
	if _, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		b.Fatal(err)
	}
}
