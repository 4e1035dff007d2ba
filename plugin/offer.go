package plugin

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// An offer is the mutual TLS that a plugin offers to the host that has asked for
// it. go-plugin's own would do as well but for its time; see [newCertificate].
type offer struct {
	tls       *tls.Config
	line      *os.File      // where go-plugin writes its handshake
	handshake *os.File      // where that is read
	done      chan struct{} // closed when nothing more comes from there
}

// newOffer returns nil if the host has asked for none. The host's certificate is
// taken from the environment, so that go-plugin makes no offer of its own.
func newOffer() (*offer, error) {
	host, asked := os.LookupEnv(clientCertificate)
	if !asked || host == "" {
		return nil, nil //nolint:nilnil // that is an answer
	}
	_ = os.Unsetenv(clientCertificate)
	hosts := x509.NewCertPool()
	if !hosts.AppendCertsFromPEM([]byte(host)) {
		return nil, errors.New("what the host has put into " + clientCertificate + " is no certificate")
	}
	certificate, err := newCertificate("operator subject")
	if err != nil {
		return nil, err
	}
	o := &offer{done: make(chan struct{}), tls: &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    hosts,
		MinVersion:   tls.VersionTLS12,
	}}
	return o, o.announce(certificate.Certificate[0])
}

// announce has the certificate put at the end of go-plugin's handshake, which
// goes to standard output and has a field for it that go-plugin leaves empty.
func (o *offer) announce(certificate []byte) error {
	handshake, line, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	o.line, o.handshake, os.Stdout = line, handshake, line
	go func() {
		defer close(o.done)
		in := bufio.NewReader(handshake)
		first, err := in.ReadString('\n')
		if err != nil {
			return // go-plugin could not listen, and has said why
		}
		_, _ = fmt.Fprintln(stdout, strings.TrimSuffix(first, "\n")+base64.RawStdEncoding.EncodeToString(certificate))
		_, _ = io.Copy(stdout, in)
	}()
	return nil
}

// provider is go-plugin's TLSProvider, nil if there is nothing to provide.
func (o *offer) provider() func() (*tls.Config, error) {
	if o == nil {
		return nil
	}
	return func() (*tls.Config, error) { return o.tls, nil }
}

// end ends what announce has begun. A process that was started meanwhile may
// hold on to what was standard output then, and is not waited for.
func (o *offer) end() {
	if o == nil {
		return
	}
	_ = o.line.Close()
	waitFor(o.done, maxDrain)
	_ = o.handshake.Close() // whoever still reads there stops
	<-o.done
}
