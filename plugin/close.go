package plugin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Close ends the plugin and waits until its process is gone, for no longer than
// Options.CloseTimeout. It refuses further calls, and lets those in flight
// finish with their answers for two fifths of the bound. Then it asks the
// plugin to end, whose subject is closed if it does so before seven tenths of
// the bound are over; if not it is killed, with whatever it started. Calls that
// are still in flight then fail with FailedPrecondition, an action of them with
// an unknown effect. Close may be called more than once and concurrently; every
// call waits and returns the same. The error is that the process is still
// there.
func (p *Plugin) Close() error {
	p.closeOnce.Do(func() {
		p.remote.closed.Store(true)
		p.closeErr = p.end(true)
	})
	return p.closeErr
}

// end ends the process and everything that belongs to it. It asks first if the
// process is known to listen.
func (p *Plugin) end(ask bool) error {
	start := time.Now()
	// by is the time until a fraction of the bound is over.
	by := func(fraction float64) time.Duration {
		return time.Until(start.Add(time.Duration(fraction * float64(p.opts.CloseTimeout))))
	}

	idle := p.calls.refuse()
	asked := make(chan struct{})
	if ask {
		waitFor(idle, by(0.4)) // calls on a process that dies meanwhile fail at once
		p.process.expectEnd()
		go func() {
			defer close(asked)
			_ = p.transport.Close() // returns at the latest when the process is gone
		}()
		waitFor(p.process.exited, by(0.7))
	} else {
		close(asked)
	}
	err := p.process.kill()
	p.conns.close()

	cleaned := make(chan struct{})
	go func() {
		defer close(cleaned)
		<-asked
		<-p.connected
		p.client.Kill() // there is nothing left to kill: it waits for go-plugin's own
		p.process.work.Wait()
	}()
	if !waitFor(cleaned, by(0.9)) && err == nil {
		err = fmt.Errorf("process %d, or what belongs to it, is not gone though killed", p.process.pid())
	}
	p.process.release()
	p.sockets.remove()

	silenced := make(chan struct{})
	go func() {
		defer close(silenced)
		p.log.close() // waits for the host's logger
	}()
	waitFor(silenced, by(1))
	if err != nil {
		return fmt.Errorf("close plugin %s: %w", p.opts.Path, err)
	}
	return nil
}

// waitFor waits until done is closed, within bound.
func waitFor(done <-chan struct{}, bound time.Duration) bool {
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		select {
		case <-done: // both: an hour-long pause of the machine is no answer
			return true
		default:
			return false
		}
	}
}

// connections are the gRPC connections that go-plugin has made. It has no way
// to give one up while it waits for the first call on it to go through, and
// forgets to close one on which that call has failed.
type connections struct {
	mu     sync.Mutex
	closed bool
	made   []*grpc.ClientConn
}

// note is a grpc.StreamClientInterceptor: go-plugin begins with a stream. Of
// streams it has two, and only one is let through: a broker takes up what the
// plugin offers without a bound, and nobody here has a use for it.
func (c *connections) note(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	if !desc.ClientStreams && !desc.ServerStreams { // a unary call, by receive
		return streamer(ctx, desc, conn, method, opts...)
	}
	c.mu.Lock()
	closed := c.closed
	c.made = append(c.made, conn)
	c.mu.Unlock()
	if closed {
		_ = conn.Close()
	}
	if method == brokerMethod {
		return nil, status.Error(codes.Unimplemented, "this host has no broker")
	}
	return streamer(ctx, desc, conn, method, append(opts, grpc.MaxCallRecvMsgSize(maxAside))...)
}

func (c *connections) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.made {
		_ = conn.Close() // may be closed already
	}
	c.made, c.closed = nil, true
}
