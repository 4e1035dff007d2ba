package network

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync"

	"github.com/Shopify/toxiproxy/v2/stream"
)

// A conn is one connection of a client, and its other half to the server.
type conn struct {
	link   *Link
	client *net.TCPConn
	ctx    context.Context // ends with the connection
	cancel context.CancelFunc

	mu     sync.Mutex // guards what follows
	server half       // nil until it is made, and in a black hole
	lost   string     // the toxic that it lost bytes to
	ended  bool
	sinks  []*sink
}

// half is a connection that can end in one direction, and in a bad way.
type half interface {
	net.Conn
	// CloseWrite tells the other side that no more is coming.
	CloseWrite() error
	// SetLinger(0) makes Close break the connection in place of ending it.
	SetLinger(seconds int) error
}

// serve stays with a client's connection to its end.
func (l *Link) serve(client *net.TCPConn) {
	ctx, cancel := context.WithCancel(l.ctx)
	c := &conn{link: l, client: client, ctx: ctx, cancel: cancel}
	defer c.end(false)
	if !l.register(c) {
		c.end(true)
		return
	}
	defer l.forget(c)
	if !c.admitted() {
		return
	}
	server, err := l.connect(c)
	if err != nil {
		l.log.Debug("The server cannot be reached", slog.Any("error", err))
		c.end(true)
		return
	}
	up, down := newSink(c, server), newSink(c, client)
	down.read = &l.read
	if !c.join(server, up, down) {
		c.end(true)
		return
	}
	name := strconv.FormatInt(l.serial.Add(1), 10)
	l.proxy.Toxics.StartLink(l.net.server, name+" up", &source{conn: c, from: client}, up, stream.Upstream)
	l.proxy.Toxics.StartLink(l.net.server, name+" down", &source{conn: c, from: server, server: true}, down, stream.Downstream)
	<-up.closed
	<-down.closed
}

func (l *Link) register(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.mode.reset || l.listener == nil {
		return false
	}
	c.lost = l.mode.swallowedBy
	l.conns[c] = struct{}{}
	return true
}

func (l *Link) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// admitted waits until the connection may go on to the server, and reports false
// where it never may.
func (c *conn) admitted() bool {
	for {
		held, changed := c.link.held()
		switch {
		case c.ctx.Err() != nil:
			return false
		case c.isLost():
			// Nobody but the client ends this: it is read until then.
			swallow(c.client)
			return false
		case !held:
			return true
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
		}
	}
}

// held tells whether bytes are held back, and returns what is closed when that
// may have changed.
func (l *Link) held() (held bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mode.hold, l.changed
}

// connect makes the server's half.
func (l *Link) connect(c *conn) (half, error) {
	server, err := l.dial(c.ctx)
	if err != nil {
		return nil, err
	}
	if l.http {
		return l.tap(c, server), nil
	}
	tcp, ok := server.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(errors.New("not a TCP connection"), server.Close())
	}
	return tcp, nil
}

// join makes the two halves one, unless the connection has ended meanwhile.
func (c *conn) join(server half, sinks ...*sink) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		_ = server.Close()
		return false
	}
	c.server, c.sinks = server, sinks
	if c.lost != "" {
		_ = server.Close() // it was lost while the server was dialed
	}
	return true
}

// lose makes the connection one that swallows: of a half-open one the server's
// side ends.
func (c *conn) lose(t Toxic) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost == "" {
		c.lost = t.Name
	}
	if t.Type == HalfOpen && c.server != nil {
		_ = c.server.SetLinger(0)
		_ = c.server.Close()
	}
}

func (c *conn) isLost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost != ""
}

func (c *conn) lostTo(toxic string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost == toxic
}

// end closes both halves, at once where broken is true, so that whoever is at
// the other ends gets a reset. Further calls do nothing.
func (c *conn) end(broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended = true
	// Last: who wakes up by it ends its direction in good order.
	defer c.cancel()
	for _, h := range []half{c.client, c.server} {
		if h == nil {
			continue
		}
		if broken {
			_ = h.SetLinger(0)
		}
		_ = h.Close()
	}
}

// stalled tells whether a write of the connection is waiting for its reader.
func (c *conn) stalled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sinks {
		if s.writing.Load() {
			return true
		}
	}
	return false
}
