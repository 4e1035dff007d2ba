package endpoints

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// connectTimeout bounds making one connection, name resolution included,
	// and separately its TLS handshake. A write's bound may be shorter still.
	connectTimeout = 3 * time.Second
	// idleTimeout is how long a connection is kept for the next read.
	idleTimeout = 30 * time.Second
	// maxHeader bounds the headers of an answer, in bytes.
	maxHeader = 256 << 10
)

// newTransport returns a transport that shares nothing with
// http.DefaultTransport: its connections end with the group's. It speaks
// HTTP/1.1 only, where what the transport may send again is easy to know, and
// asks for no compression, so that the bound on an answer is one on what the
// network carried too.
func newTransport(secure *tls.Config) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  proxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}).DialContext,
		TLSClientConfig:        secure.Clone(),
		TLSHandshakeTimeout:    connectTimeout,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
		Protocols:              &http1,
	}
}

// proxyFromEnvironment is http.ProxyFromEnvironment, whose error would repeat
// the proxy's URL with the password in it.
func proxyFromEnvironment(req *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("the proxy in the environment (HTTP_PROXY, HTTPS_PROXY) is not a URL")
	}
	return proxy, nil
}
