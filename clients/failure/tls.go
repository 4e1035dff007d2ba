package failure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// IsTLS reports whether err says that a peer's certificate or TLS handshake was
// not acceptable, to us or to the peer, which no retry cures.
func IsTLS(err error) bool {
	if errors.Is(err, http.ErrSchemeMismatch) { // net/http's word for a record header that reads "HTTP/"
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	return isAlert(err)
}

// isAlert recognises a TLS alert. Over QUIC it has a type. Over TCP its type is
// private to crypto/tls, which wraps it in a *net.OpError whose operation, the
// direction of the alert, no other package uses.
func isAlert(err error) bool {
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error")
}
