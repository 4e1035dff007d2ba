package clienttest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
)

// Transport answers every request at once with the same answer, without a
// network.
type Transport struct {
	Status int
	Body   []byte
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return &http.Response{
		StatusCode: t.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(t.Body)), ContentLength: int64(len(t.Body)), Request: r,
	}, nil
}
