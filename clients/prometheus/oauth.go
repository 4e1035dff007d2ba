package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// maxTokenCalls bounds the calls that wait for a token, the abandoned ones
// included.
const maxTokenCalls = 16

// grantJWT is the OAuth2 grant whose credential is a signing key (RFC 7523).
const grantJWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// tokenTransport authenticates by OAuth2 and returns by the request's deadline.
//
// The library fetches tokens under a context of its own, so a token endpoint
// that hangs would hang the caller with it. Each call therefore runs in a
// goroutine that the caller may abandon. What is abandoned is bounded: in
// number by slots, in time by the lifetime of a token connection, and by close,
// which breaks those connections and waits.
//
// The library's transport also sets itself up in its first call, and again when
// a secret's file changes, without regard to other calls. So no two calls share
// one: there are as many as calls at the same time, each with its token, and the
// one that was used last is used next.
type tokenTransport struct {
	fresh func() http.RoundTripper
	slots chan struct{}
	life  context.Context // ends the token connections, which no call's context reaches
	end   context.CancelFunc
	once  sync.Once

	mu   sync.Mutex
	idle []http.RoundTripper // those that no call is using
}

func newTokenTransport(cfg *promconfig.OAuth2, next http.RoundTripper, timeout time.Duration) *tokenTransport {
	t := &tokenTransport{slots: make(chan struct{}, maxTokenCalls)}
	t.life, t.end = context.WithCancel(context.Background())
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		return dialUntil(ctx, t.life, timeout, network, address)
	}
	t.fresh = func() http.RoundTripper {
		return promconfig.NewOAuth2RoundTripper(credential(cfg), cfg, next,
			promconfig.WithDialContextFunc(dial), promconfig.WithKeepAlivesDisabled())
	}
	return t
}

// take returns a transport that is the caller's until it is put back.
func (t *tokenTransport) take() http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.idle) - 1
	if last < 0 {
		return t.fresh()
	}
	taken := t.idle[last]
	t.idle = t.idle[:last]
	return taken
}

func (t *tokenTransport) putBack(taken http.RoundTripper) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, taken)
}

// credential finds the secret of the configured grant.
func credential(cfg *promconfig.OAuth2) promconfig.SecretReader {
	secret, file := cfg.ClientSecret, cfg.ClientSecretFile
	if cfg.GrantType == grantJWT {
		secret, file = cfg.ClientCertificateKey, cfg.ClientCertificateKeyFile
	}
	if secret == "" && file != "" {
		return promconfig.NewFileSecret(file)
	}
	return promconfig.NewInlineSecret(string(secret))
}

// RoundTrip sends req with a token, or returns when req's context ends.
func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, unsent(req, ctx.Err())
	case <-t.life.Done():
		return nil, unsent(req, errors.New("the client is closed"))
	}
	type outcome struct {
		resp *http.Response
		err  error
	}
	done := make(chan outcome) // unbuffered: an answer is either taken or closed
	go func() {
		defer func() { <-t.slots }()
		next := t.take()
		resp, err := next.RoundTrip(req)
		t.putBack(next)
		select {
		case done <- outcome{resp, withoutTokenURL(err)}:
		case <-ctx.Done():
			if resp != nil {
				_ = resp.Body.Close()
			}
		}
	}()
	select {
	case o := <-done:
		return o.resp, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// unsent gives up a request that no transport was given, and its body with it.
func unsent(req *http.Request, err error) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return err
}

// CloseIdleConnections lets http.Client reach the pools below: those of the
// transports that no call is using.
func (t *tokenTransport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, idle := range t.idle {
		closeIdle(idle)
	}
}

// close breaks what waits for a token and returns when nothing does any more.
func (t *tokenTransport) close() {
	t.once.Do(func() {
		t.end()
		for range cap(t.slots) {
			t.slots <- struct{}{} // each held slot is a goroutine still running
		}
		t.CloseIdleConnections()
	})
}

// withoutTokenURL drops the URL from the error of a token request.
func withoutTokenURL(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("fetching an OAuth2 token: %w", ue.Err)
	}
	return err
}

// boundConn is a connection that ends with a context at the latest.
type boundConn struct {
	net.Conn
	stop func() bool
}

func (c *boundConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// dialUntil connects under ctx. The connection lasts for lifetime at most,
// dialling included, and not beyond life.
func dialUntil(ctx, life context.Context, lifetime time.Duration, network, address string) (net.Conn, error) {
	deadline := time.Now().Add(lifetime)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(deadline); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &boundConn{Conn: conn, stop: context.AfterFunc(life, func() { _ = conn.Close() })}, nil
}
