package network

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
)

// A Link is one connection between two parts, or rather all the connections that
// one part makes to an address of another. It is safe for concurrent use.
//
// A link whose server refuses connections refuses them too: it stops listening
// as soon as it has found out, by a connection that broke or could not be made,
// and listens again within moments of the server doing so. Until it has found
// out, a connection is accepted and broken.
type Link struct {
	from, to, address string
	http              bool
	log               *slog.Logger
	net               *Net
	proxy             *toxiproxy.Proxy
	read              tally
	serial            atomic.Int64

	ctx    context.Context // ends with the link
	cancel context.CancelFunc
	work   sync.WaitGroup // everything that the link has started

	change sync.Mutex // held while toxics are changed

	mu       sync.Mutex // guards what follows
	upstream string
	toxics   []Toxic
	rules    []Rule
	mode     mode
	changed  chan struct{} // closed and replaced with every change of the above
	down     bool          // upstream refuses, and is watched
	listener net.Listener  // nil while connections are refused
	conns    map[*conn]struct{}
	closed   bool
}

func newLink(n *Net, from, to, upstream string, http bool, listener net.Listener) *Link {
	l := &Link{
		from: from, to: to, address: listener.Addr().String(), http: http,
		net: n, upstream: upstream, listener: listener,
		changed: make(chan struct{}), conns: map[*conn]struct{}{},
	}
	l.log = n.log.With(slog.String("link", l.Name()))
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.proxy = toxiproxy.NewProxy(n.server, l.Name(), l.address, upstream)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.work.Go(func() { l.accept(listener) })
	_ = l.settle() // closes the listener where there is no upstream, which cannot fail
	return l
}

// Name is "FROM->TO", such as "node-1->redis" and "operator->prometheus".
func (l *Link) Name() string { return l.from + arrow + l.to }

// From is the name of the side that connects.
func (l *Link) From() string { return l.from }

// To is the name of the side that is connected to.
func (l *Link) To() string { return l.to }

// Address is where the client connects to, host:port. It never changes.
func (l *Link) Address() string { return l.address }

// HTTP tells whether the link understands HTTP.
func (l *Link) HTTP() bool { return l.http }

// Read is how many bytes clients have been sent through the link so far, by the
// server or by a [Rule] in its place. What was delayed, held or swallowed does
// not count.
func (l *Link) Read() int64 { return l.read.look() }

// Retarget says where the server is now, host:port; "" is nowhere, and the link
// refuses connections. Connections that exist are broken if that is a change.
func (l *Link) Retarget(upstream string) error {
	if err := validUpstream(upstream); err != nil {
		return fmt.Errorf("retarget %s: %w", l.Name(), err)
	}
	l.change.Lock()
	defer l.change.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("retarget %s: %w", l.Name(), ErrClosed)
	}
	if l.upstream == upstream {
		return nil
	}
	l.upstream, l.down = upstream, false
	for c := range l.conns {
		c.end(true)
	}
	if err := l.settle(); err != nil {
		return fmt.Errorf("retarget %s: %w", l.Name(), err)
	}
	return nil
}

// Add hurts the link, and returns when that is in force, on existing connections
// too. Where it fails the toxic may be on the link in part, and Remove takes
// that away.
func (l *Link) Add(ctx context.Context, t Toxic) error {
	if err := t.validate(); err != nil {
		return fmt.Errorf("add a toxic to %s: %w", l.Name(), err)
	}
	l.change.Lock()
	defer l.change.Unlock()
	if err := l.enter(t); err != nil {
		return fmt.Errorf("add toxic %s to %s: %w", t.Name, l.Name(), err)
	}
	if err := l.addFlows(ctx, t); err != nil {
		return fmt.Errorf("add toxic %s to %s: %w", t.Name, l.Name(), err)
	}
	return nil
}

// enter puts the toxic on the list, and does what it does apart from Toxiproxy.
func (l *Link) enter(t Toxic) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	if slices.ContainsFunc(l.toxics, func(o Toxic) bool { return o.Name == t.Name }) {
		return errors.New("there is one of this name already")
	}
	l.toxics = append(l.toxics, t)
	err := l.settle()
	for c := range l.conns {
		switch t.Type {
		case Reset, Refuse:
			c.end(true)
		case BlackHole, HalfOpen:
			c.lose(t)
		default:
		}
	}
	return err
}

// Remove takes a toxic away. Removing what is not there is no error.
func (l *Link) Remove(ctx context.Context, name string) error {
	l.change.Lock()
	defer l.change.Unlock()
	l.mu.Lock()
	i := slices.IndexFunc(l.toxics, func(t Toxic) bool { return t.Name == name })
	if i < 0 || l.closed {
		l.mu.Unlock()
		return nil
	}
	t := l.toxics[i]
	l.toxics = slices.Delete(l.toxics, i, i+1)
	err := l.settle()
	for c := range l.conns {
		if c.lostTo(name) {
			c.end(true)
		}
	}
	l.mu.Unlock()
	if err = errors.Join(err, l.removeFlows(ctx, t)); err != nil {
		return fmt.Errorf("remove toxic %s from %s: %w", name, l.Name(), err)
	}
	return nil
}

func (l *Link) close() error {
	l.change.Lock()
	defer l.change.Unlock()
	l.mu.Lock()
	l.closed = true
	l.cancel()
	err := l.settle()
	for c := range l.conns {
		c.end(true)
	}
	l.mu.Unlock()
	// Bytes that a toxic sits on would keep their connection until they are due.
	err = errors.Join(err, l.resetFlows())
	l.work.Wait()
	return err
}
