package redis

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// conn is a connection that is made when something is first written to it.
//
// go-redis dials in the background, under contexts of its own: a dial outlives
// the call that needed it, a failed one is retried in a loop that outlives the
// client, makes later calls fail with an old error, and is logged to stderr. A
// conn is handed to go-redis at once instead, and dials inside the first write:
// under that call's deadline, in that call's goroutine, with its own error.
type conn struct {
	network, addr string
	dial          func(ctx context.Context, network, addr string) (net.Conn, error)
	dialTimeout   time.Duration

	making sync.Mutex // held while dialling, so that there is one dial
	guard  guard

	mu      sync.Mutex // guards what follows
	made    net.Conn
	err     error  // why there is and will be no connection
	abort   func() // ends a dial under way
	readBy  time.Time
	writeBy time.Time
}

func newConn(
	network, addr string, dialTimeout time.Duration,
	dial func(ctx context.Context, network, addr string) (net.Conn, error),
) *conn {
	return &conn{network: network, addr: addr, dial: dial, dialTimeout: dialTimeout}
}

// Write connects if that has not happened, and writes.
func (c *conn) Write(b []byte) (int, error) {
	made, err := c.connected()
	if err != nil {
		return 0, err
	}
	c.guard.reset()
	n, err := made.Write(b)
	return n, c.explain(err)
}

// Read reads what [guard] lets through.
func (c *conn) Read(b []byte) (int, error) {
	made, err := c.connected()
	if err != nil {
		return 0, err
	}
	n, err := made.Read(b)
	if over := c.guard.check(b[:n]); over != nil {
		return 0, over
	}
	return n, c.explain(err)
}

// explain replaces the error of a connection that the server closed by what it
// said instead of a welcome.
func (c *conn) explain(err error) error {
	said := c.guard.parting()
	if err == nil || said == "" || failure.Classify(err) != failure.Unreachable {
		return err
	}
	return fmt.Errorf("refused: %w", &connectError{class: classOfReply(said), detail: failure.Line(said)})
}

func (c *conn) connected() (net.Conn, error) {
	if made, err := c.state(); made != nil || err != nil {
		return made, err
	}
	c.making.Lock()
	defer c.making.Unlock()
	if made, err := c.state(); made != nil || err != nil {
		return made, err
	}
	ctx, cancel := c.dialling()
	defer cancel()
	made, err := c.dial(ctx, c.network, c.addr)
	return c.settle(made, err)
}

func (c *conn) state() (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made, c.err
}

// dialling is the context of the dial: the deadline that go-redis has set for
// the write is that of the call, and Close ends it.
func (c *conn) dialling() (context.Context, context.CancelFunc) {
	by := time.Now().Add(c.dialTimeout)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.writeBy.IsZero() && c.writeBy.Before(by) {
		by = c.writeBy
	}
	ctx, cancel := context.WithDeadline(context.Background(), by)
	c.abort = cancel
	if c.err != nil {
		cancel()
	}
	return ctx, cancel
}

// settle keeps the outcome of the dial: one attempt per conn, since go-redis
// throws a conn away at its first error.
func (c *conn) settle(made net.Conn, err error) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil { // closed meanwhile
		if err == nil {
			_ = made.Close()
		}
		return nil, c.err
	}
	if err != nil {
		// go-redis strips one layer off the errors of a handshake.
		c.err = fmt.Errorf("no connection: %w", connectFailure(err))
		return nil, c.err
	}
	_ = made.SetReadDeadline(c.readBy)
	_ = made.SetWriteDeadline(c.writeBy)
	c.made = made
	return made, nil
}

// Close ends a dial under way and closes the connection, if there is one.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.abort != nil {
		c.abort()
	}
	if c.err == nil {
		c.err = net.ErrClosed
	}
	if c.made == nil {
		return nil
	}
	made := c.made
	c.made = nil
	return made.Close()
}

// SetDeadline sets both deadlines, for a connection that is still to be made too.
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline is part of net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy = t
	if c.made == nil {
		return nil
	}
	return c.made.SetReadDeadline(t)
}

// SetWriteDeadline is part of net.Conn. It bounds the dial as well.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy = t
	if c.made == nil {
		return nil
	}
	return c.made.SetWriteDeadline(t)
}

// LocalAddr is part of net.Conn.
func (c *conn) LocalAddr() net.Addr {
	if made, _ := c.state(); made != nil {
		return made.LocalAddr()
	}
	return unmade{c.network, ""}
}

// RemoteAddr is part of net.Conn.
func (c *conn) RemoteAddr() net.Addr {
	if made, _ := c.state(); made != nil {
		return made.RemoteAddr()
	}
	return unmade{c.network, c.addr}
}

// SyscallConn lets go-redis see, before it reuses a pooled connection, that the
// server has closed it. Where that cannot be seen (TLS has bytes of its own on
// the wire, an injected transport may be no socket) nothing is reported, and
// the next command finds out.
func (c *conn) SyscallConn() (syscall.RawConn, error) {
	made, err := c.state()
	if err != nil {
		return nil, err
	}
	if sc, ok := made.(syscall.Conn); ok {
		return sc.SyscallConn()
	}
	return opaque{}, nil
}

// opaque is a connection whose socket cannot be looked at.
type opaque struct{}

func (opaque) Control(func(fd uintptr)) error           { return nil }
func (opaque) Read(func(fd uintptr) (done bool)) error  { return nil }
func (opaque) Write(func(fd uintptr) (done bool)) error { return nil }

// unmade is an address of a connection that is still to be made.
type unmade struct{ network, addr string }

func (u unmade) Network() string { return u.network }
func (u unmade) String() string  { return u.addr }
