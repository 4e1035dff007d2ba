package network

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
)

// errBroken is what a reader gets of a pipe that was broken.
var errBroken = errors.New("connection reset by the tap")

// A pipe is the half to the server where that is a tap: a connection in memory
// that can be broken like one of TCP.
type pipe struct {
	net.Conn
	broken atomic.Bool
}

// Read returns io.EOF only where the other side ended in good order.
func (p *pipe) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	switch {
	case errors.Is(err, io.ErrClosedPipe):
		return n, net.ErrClosed
	case errors.Is(err, io.EOF) && p.broken.Load():
		return n, errBroken
	default:
		return n, err
	}
}

// CloseWrite closes both directions: a client that says no more has gone, in
// HTTP.
func (p *pipe) CloseWrite() error { return p.Close() }

// SetLinger does nothing: there is nothing under way in a pipe.
func (p *pipe) SetLinger(int) error { return nil }
