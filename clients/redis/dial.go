package redis

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// dialer makes the real connections.
type dialer struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
	tls  *tls.Config
}

func newDialer(s settings) dialer {
	d := dialer{dial: s.Dialer, tls: s.TLS}
	if d.dial == nil {
		d.dial = new(net.Dialer).DialContext
	}
	return d
}

// connect dials, and shakes hands where TLS is on, before ctx ends.
func (d dialer) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	raw, err := d.dial(ctx, network, addr)
	if err != nil || d.tls == nil {
		return raw, err
	}
	cfg := d.tls.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(addr)
	}
	secure := tls.Client(raw, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, &connectError{
			class: failure.Classify(err), cause: err,
			detail: failure.Line("TLS handshake with "+addr+": "+err.Error()) +
				"; does this port speak TLS, and is its certificate trusted?",
		}
	}
	return secure, nil
}
