package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

func TestConnectWithinEndsASilentDial(t *testing.T) {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	defer transport.CloseIdleConnections()
	ctx, release := httpapi.ConnectWithin(t.Context(), 20*time.Millisecond)
	defer release()
	_, err := httpapi.Send(&http.Client{Transport: transport}, request(ctx, t, http.MethodPost, "http://h"), 1)
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || fe.Class != failure.Timeout || fe.Sent {
		t.Errorf("got %+v, want a timeout of a request that was not sent", err)
	}
}

// TestConnectWithinLeavesTheAnswerItsTime waits, once connected, for longer
// than the bound before it answers.
func TestConnectWithinLeavesTheAnswerItsTime(t *testing.T) {
	const bound = time.Second
	url := clienttest.RawAnswer(t, func(conn net.Conn) {
		_ = conn.SetReadDeadline(time.Now().Add(bound + 200*time.Millisecond))
		_, _ = io.Copy(io.Discard, conn) // ends by the deadline
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
	})
	ctx, release := httpapi.ConnectWithin(t.Context(), bound)
	defer release()
	if got, err := httpapi.Send(newClient(t), request(ctx, t, http.MethodPost, url), 1); err != nil || got.Status != http.StatusOK {
		t.Errorf("a slow answer was given up: %v", err)
	}
}

func TestConnectWithinIsReleased(t *testing.T) {
	ctx, release := httpapi.ConnectWithin(t.Context(), time.Hour)
	release()
	if ctx.Err() == nil {
		t.Error("the context lives on")
	}
}

func TestConnectWithinKeepsTheCallersEnd(t *testing.T) {
	outer, cancel := context.WithCancel(t.Context())
	ctx, release := httpapi.ConnectWithin(outer, time.Hour)
	defer release()
	cancel()
	_, err := httpapi.Send(newClient(t), request(ctx, t, http.MethodGet, "http://127.0.0.1:1"), 1)
	if class := failure.ClassOf(err); class != failure.Canceled {
		t.Errorf("class %q, want canceled: %v", class, err)
	}
}
