package clienttest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// Endpoint is a fake endpoint that counts what it is asked.
type Endpoint struct {
	URL   string
	Asked atomic.Int64
}

// Serve starts an endpoint, which ends with the test.
func Serve(t *testing.T, handler http.HandlerFunc) *Endpoint {
	t.Helper()
	e := &Endpoint{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.Asked.Add(1)
		handler(w, r)
	}))
	server.Config.MaxHeaderBytes = 8 << 20
	server.Start()
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

// Answering gives every request the same answer.
func Answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Silent takes the request and answers only once its caller is gone.
func Silent(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// DeadURL is an address that refuses connections.
func DeadURL(t *testing.T) string {
	t.Helper()
	l := listen(t)
	_ = l.Close()
	return "http://" + l.Addr().String()
}
