package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient has a transport of its own, whose connections end with the test.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// rawServer reads one request from each connection and hands it to answer. The
// connection is closed when answer returns, and at the test's end.
func rawServer(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	return clienttest.RawServer(t, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			answer(conn)
		}
	})
}

func writing(answer string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, answer) }
}

// hanging writes and then waits for the other side to give up.
func hanging(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, answer)
		_, _ = io.Copy(io.Discard, conn)
	}
}
