package httpapi

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// ConnectWithin returns a context that ends when a request under it has no
// connection within bound of asking for one. Once connected the bound is over:
// the answer has until ctx's own deadline. [Send] reports a bound that ran out
// as a Timeout with Sent false. A transport that does not trace is not bounded.
//
// It is for a request that may be tried elsewhere: an address that swallows
// packets must not eat the deadline that the next one needs. The CancelFunc
// releases the context and must be called.
func ConnectWithin(ctx context.Context, bound time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	var timer atomic.Pointer[time.Timer]
	stop := func() {
		if t := timer.Load(); t != nil {
			t.Stop()
		}
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			started := time.AfterFunc(bound, func() { cancel(connectTimeoutError{}) })
			if previous := timer.Swap(started); previous != nil {
				previous.Stop()
			}
		},
		GotConn: func(httptrace.GotConnInfo) { stop() },
	})
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}

// connectTimeoutError is a net.Error, so that it is classified as the timeout
// it is.
type connectTimeoutError struct{}

func (connectTimeoutError) Error() string   { return "no connection in time" }
func (connectTimeoutError) Timeout() bool   { return true }
func (connectTimeoutError) Temporary() bool { return true }
