package network

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"syscall"
	"time"
)

const (
	// dialBound is how long a server may take to accept a connection. One that
	// hangs accepts through its kernel, until the backlog is full.
	dialBound = 10 * time.Second
	// watchInterval is the pause between two looks at a server that refuses.
	watchInterval = 20 * time.Millisecond
	// suspectBound is how long a client may wait for the end of its connection
	// while the server is asked whether it is still there.
	suspectBound = 250 * time.Millisecond
	// listenBound is how long an address may stay taken that was ours.
	listenBound = 2 * time.Second
)

// settle makes the listener and the mode what the rest says that they are. The
// caller holds mu.
func (l *Link) settle() error {
	l.mode = modeOf(l.toxics)
	close(l.changed)
	l.changed = make(chan struct{})
	open := !l.closed && !l.down && !l.mode.refuse && l.upstream != ""
	switch {
	case !open && l.listener != nil:
		_ = l.listener.Close()
		l.listener = nil
	case open && l.listener == nil:
		return l.listenAgain()
	}
	return nil
}

func (l *Link) listenAgain() error {
	ctx, cancel := context.WithTimeout(l.ctx, listenBound)
	defer cancel()
	for {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.address)
		if err == nil {
			l.listener = listener
			l.work.Go(func() { l.accept(listener) })
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(watchInterval):
		}
	}
}

func (l *Link) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Such as too many open files: what waits can be accepted later.
			l.log.Warn("A connection could not be accepted", slog.Any("error", err))
			select {
			case <-l.ctx.Done():
				return
			case <-time.After(watchInterval):
			}
			continue
		}
		if tcp, ok := client.(*net.TCPConn); ok {
			l.work.Go(func() { l.serve(tcp) })
		}
	}
}

// dial connects to the server, wherever it is now.
func (l *Link) dial(ctx context.Context) (net.Conn, error) {
	l.mu.Lock()
	upstream := l.upstream
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, dialBound)
	defer cancel()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", upstream)
	if errors.Is(err, syscall.ECONNREFUSED) {
		l.watch(upstream)
	}
	return server, err
}

// suspect asks a server that has ended a connection whether it accepts others,
// so that a client which connects again is refused if not.
func (l *Link) suspect() {
	ctx, cancel := context.WithTimeout(l.ctx, suspectBound)
	defer cancel()
	if server, err := l.dial(ctx); err == nil {
		_ = server.Close()
	}
}

// watch stops listening until the server at upstream accepts connections again,
// or is no longer where the link leads to. It returns at once.
func (l *Link) watch(upstream string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.down || l.upstream != upstream {
		return
	}
	l.down = true
	_ = l.settle() // closes the listener, which cannot fail
	l.log.Debug("The server refuses connections, and so does the link")
	l.work.Go(func() { l.await(upstream) })
}

func (l *Link) await(upstream string) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
		if l.awaited(upstream) {
			return
		}
	}
}

// awaited looks once, and tells whether there is nothing to wait for any more.
func (l *Link) awaited(upstream string) bool {
	ctx, cancel := context.WithTimeout(l.ctx, dialBound)
	defer cancel()
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", upstream)
	if err == nil {
		_ = server.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.upstream != upstream {
		return true
	}
	if err != nil {
		return false
	}
	l.down = false
	if err := l.settle(); err != nil {
		l.down = true
		l.log.Warn("The link cannot listen again", slog.Any("error", err))
		return false
	}
	return true
}
