package network

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// A source is where the bytes of one direction come into Toxiproxy's chain. What
// the link's toxics hold or swallow does not get past it.
type source struct {
	conn   *conn
	from   io.Reader
	server bool // it is the server who speaks
}

// Read reads what the other side may get. It is part of [io.Reader].
func (s *source) Read(b []byte) (int, error) {
	for {
		n, err := s.from.Read(b)
		if !s.pass() {
			if err == nil {
				continue
			}
			// The end is swallowed like the rest: there is silence until somebody
			// breaks the connection.
			<-s.conn.ctx.Done()
			return 0, io.EOF
		}
		switch {
		case err == nil || s.conn.ctx.Err() != nil:
			return n, err
		case errors.Is(err, net.ErrClosed): // by us: the other direction has ended
			s.conn.end(false)
			return n, err
		}
		if s.server {
			s.conn.link.suspect()
		}
		if !errors.Is(err, io.EOF) {
			s.conn.end(true)
		}
		return n, err
	}
}

// pass waits while bytes are held back, and tells whether they may go on.
func (s *source) pass() bool {
	for {
		held, changed := s.conn.link.held()
		switch {
		case s.conn.isLost():
			return false
		case !held || s.conn.ctx.Err() != nil:
			return true
		}
		select {
		case <-changed:
		case <-s.conn.ctx.Done():
		}
	}
}

func swallow(from io.Reader) { _, _ = io.Copy(io.Discard, from) }

// A sink is where the bytes of one direction leave Toxiproxy's chain. It never
// fails: a chain whose last link fails is not emptied, and those who feed it
// wait for ever. After a failure the connection is broken, and what still comes
// is dropped.
type sink struct {
	conn    *conn
	to      half
	read    *tally // counts what was written; may be nil
	writing atomic.Bool
	failed  bool
	closed  chan struct{}
}

func newSink(c *conn, to half) *sink {
	return &sink{conn: c, to: to, closed: make(chan struct{})}
}

// Write is part of [io.Writer].
func (s *sink) Write(b []byte) (int, error) {
	if s.failed {
		return len(b), nil
	}
	back := func(int) {}
	if s.read != nil {
		back = s.read.add(len(b))
	}
	s.writing.Store(true)
	n, err := s.to.Write(b)
	s.writing.Store(false)
	back(len(b) - n)
	if err != nil {
		s.failed = true
		if !s.conn.isLost() {
			s.conn.end(true)
		}
	}
	return len(b), nil
}

// Close is called once, when the direction has ended.
func (s *sink) Close() error {
	defer close(s.closed)
	return s.to.CloseWrite()
}
