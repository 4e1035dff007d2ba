//go:build linux

package faulty_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// handshakeFaults are handshakes that promise something else than what a host
// connects to, or what is not there.
func handshakeFaults() map[string]fault {
	return map[string]fault{
		"handshake_tcp": {
			reason: "Anybody could connect there.", plain: true,
			run:  prints("1|1|tcp|127.0.0.1:1|grpc|\n"),
			code: protocol.Unavailable, want: []string{`it listens at tcp "127.0.0.1:1"`},
		},
		"handshake_elsewhere": {
			reason: "The socket might be somebody else's.", plain: true,
			run:  prints("1|1|unix|/run/docker.sock|grpc|\n"),
			code: protocol.Unavailable, want: []string{"it listens at unix", "must listen at a unix socket in the directory"},
		},
		"handshake_climbs": {
			reason: "As might one that is reached through the directory.", plain: true,
			run: func() int {
				return prints(fmt.Sprintf("1|1|unix|%s/../../x|grpc|\n", os.Getenv("PLUGIN_UNIX_SOCKET_DIR")))()
			},
			code: protocol.Unavailable, want: []string{"must listen at a unix socket in the directory"},
		},
		"handshake_version": {
			reason: "A plugin of another time.", plain: true,
			run:  prints("1|2|unix|/nowhere|grpc|\n"),
			code: protocol.Unavailable, want: []string{"version"},
		},
		"handshake_core": {
			reason: "And of another go-plugin.", plain: true,
			run:  prints("2|1|unix|/nowhere|grpc|\n"),
			code: protocol.Unavailable, want: []string{"incompatible core API version"},
		},
		"handshake_netrpc": {
			reason: "The other protocol that go-plugin has.", plain: true,
			run: func() int {
				address, err := listen(false)
				if err != nil {
					return fail(err)
				}
				return prints(fmt.Sprintf("1|1|unix|%s|netrpc|\n", address))()
			},
			code: protocol.Unavailable, want: []string{`unsupported plugin protocol "netrpc"`},
		},
		"handshake_only": {
			reason: "What was promised is gone before anybody connects.", plain: true,
			run: func() int {
				_, err := handshake()
				if err != nil {
					return fail(err)
				}
				fmt.Fprintln(os.Stderr, "that was all")
				return 5
			},
			code: protocol.Unavailable, want: []string{"exit status 5", "that was all"},
		},
		"handshake_deaf": {
			reason: "Connections are taken, and nothing is answered.", plain: true,
			run: func() int {
				address, err := listen(true)
				if err != nil {
					return fail(err)
				}
				return prints(fmt.Sprintf("1|1|unix|%s|grpc|\n", address))()
			},
			start: time.Second,
			code:  protocol.DeadlineExceeded, want: []string{"not ready"},
		},
		"handshake_plain": {
			reason: "A plugin that cannot do mutual TLS is not spoken to without.",
			run:    prints("1|1|unix|/nowhere|grpc|\n"),
			code:   protocol.Unavailable, want: []string{"does not offer mutual TLS"},
		},
		"handshake_certificate_bad": {
			reason: "What is no certificate.",
			run:    offers(strings.Repeat("A", 400)),
			code:   protocol.Unavailable, want: []string{"certificate"},
		},
		"handshake_certificate_other": {
			reason: "A certificate without the key, of which the server knows nothing.",
			run:    func() int { return offers(certificate())() },
			start:  2 * time.Second,
			code:   protocol.DeadlineExceeded, want: []string{"not ready"},
		},
		"handshake_certificate_unasked": {
			reason: "A certificate, where the host wants no TLS.", plain: true,
			run:   func() int { return offers(certificate())() },
			start: 2 * time.Second,
			code:  protocol.Unavailable, want: []string{"certificate"},
		},
	}
}

// offers shakes hands with a certificate, and answers nothing.
func offers(certificate string) func() int {
	return func() int {
		address, err := listen(true)
		if err != nil {
			return fail(err)
		}
		return prints(fmt.Sprintf("1|1|unix|%s|grpc|%s\n", address, certificate))()
	}
}

// listen listens where a host wants it, and accepts if told so.
func listen(accept bool) (address string, err error) {
	address = filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "socket")
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", address)
	if err != nil || !accept {
		return address, err
	}
	go func() {
		for {
			if _, err := listener.Accept(); err != nil {
				return
			}
		}
	}()
	return address, nil
}

// certificate is a certificate as the handshake carries it.
func certificate() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return base64.RawStdEncoding.EncodeToString(der)
}
