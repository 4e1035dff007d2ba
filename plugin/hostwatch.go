package plugin

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/stats"
)

const (
	// firstConnection is how long a plugin waits for its host after it has said
	// where it listens. Hosts connect at once.
	firstConnection = time.Minute
	// nextConnection is how long it waits after the last connection has ended. A
	// host keeps one for as long as it lives.
	nextConnection = 2 * time.Second
)

// A hostWatch ends a plugin whose host is gone, where there is no lifeline that
// would tell: a host that was killed could not end it. It watches the
// connections, of which a living host has one.
type hostWatch struct {
	mu          sync.Mutex
	connections int
	timer       *time.Timer
	orphaned    bool
	stop        func()
}

var _ stats.Handler = (*hostWatch)(nil)

func newHostWatch() *hostWatch { return &hostWatch{} }

// begin starts the watch; stop ends the plugin's serving.
func (w *hostWatch) begin(stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stop = stop
	w.timer = time.AfterFunc(firstConnection, w.expired)
}

// expired is called when there has been no connection for too long.
func (w *hostWatch) expired() {
	w.mu.Lock()
	w.orphaned = w.connections == 0
	orphaned := w.orphaned
	w.mu.Unlock()
	if orphaned {
		w.stop()
	}
}

// end ends the watch, and removes what the host would have removed.
func (w *hostWatch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	if w.orphaned {
		removeSockets()
	}
}

// HandleConn implements stats.Handler.
func (w *hostWatch) HandleConn(_ context.Context, s stats.ConnStats) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch s.(type) {
	case *stats.ConnBegin:
		w.connections++
		w.timer.Stop()
	case *stats.ConnEnd:
		w.connections--
		if w.connections == 0 {
			w.timer.Reset(nextConnection)
		}
	}
}

// TagConn implements stats.Handler.
func (w *hostWatch) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// TagRPC implements stats.Handler.
func (w *hostWatch) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler.
func (w *hostWatch) HandleRPC(context.Context, stats.RPCStats) {}
