package clienttest

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// RawServer is [Listen] for answers that net/http would not give, and returns its
// URL.
func RawServer(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	return "http://" + Listen(t, serve)
}

// RawAnswer is a [RawServer] that reads one request from each connection and
// hands it to answer.
func RawAnswer(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	return RawServer(t, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			answer(conn)
		}
	})
}

// Writing answers with a text, and no more.
func Writing(answer string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, answer) }
}

// Hanging answers with a text and then waits for the other side to give up.
func Hanging(answer string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, answer)
		HoldOpen(conn)
	}
}

// Endless answers with a text, and then with another for as long as somebody
// reads.
func Endless(head, body string) func(net.Conn) {
	return func(conn net.Conn) {
		for _, err := io.WriteString(conn, head); err == nil; {
			_, err = io.WriteString(conn, body)
		}
	}
}

// MustTimeOut makes a call that nobody will answer, under a deadline, and fails
// the test unless it ends then. The bound is generous; what matters is that there
// is one.
func MustTimeOut(t *testing.T, call func(context.Context) error) {
	t.Helper()
	const deadline, bound = 200 * time.Millisecond, 5 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	start := time.Now()
	err := call(ctx)
	if took := time.Since(start); took > bound {
		t.Errorf("returned after %s, the deadline was %s", took, deadline)
	}
	if class := failure.ClassOf(err); class != failure.Timeout {
		t.Errorf("class %q: %v", class, err)
	}
}
