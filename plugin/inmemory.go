package plugin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// inMemoryBuffer is how much is on its way at a time between the two ends.
const inMemoryBuffer = 1 << 20

// An InMemoryPlugin is a definition behind the boundary's wire and without its
// process: all that gRPC and the messages do to a subject, and nothing that an
// operating system does. It is for tests that ask what the wire changes. Its
// methods may be called concurrently.
type InMemoryPlugin struct {
	def    protocol.Definition
	remote *remote
	server *server
	grpc   *grpc.Server
	conn   *grpc.ClientConn
	served chan error

	closeOnce sync.Once
	closeErr  error
}

// LaunchInMemory serves a definition over gRPC within this process and asks for
// it as a host does. The context bounds that and nothing after it. The errors
// are those of [Launch] that need no process.
func LaunchInMemory(ctx context.Context, def protocol.Definition) (*InMemoryPlugin, error) {
	return launchInMemory(ctx, def, 0)
}

// launchInMemory is LaunchInMemory with messages of up to a size.
func launchInMemory(ctx context.Context, def protocol.Definition, most size) (*InMemoryPlugin, error) {
	if def.Open == nil {
		return nil, protocol.Errorf(protocol.Internal, "serve %s in memory: the definition has no Open", text(def.Name))
	}
	listener := bufconn.Listen(inMemoryBuffer)
	conn, err := grpc.NewClient("passthrough:in-memory", append(dialOptions(),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		return nil, protocol.Errorf(protocol.Internal, "connect in memory: %w", err)
	}
	p := &InMemoryPlugin{
		remote: newRemote(subjectv1.NewSubjectServiceClient(conn), most),
		server: &server{definition: def},
		grpc:   newServer(nil, Logger(), most),
		conn:   conn,
		served: make(chan error, 1),
	}
	subjectv1.RegisterSubjectServiceServer(p.grpc, p.server)
	go func() { p.served <- p.grpc.Serve(listener) }()
	if p.def, err = p.remote.describe(ctx); err != nil {
		return nil, alongside(err, p.Close())
	}
	return p, nil
}

// Definition returns what the plugin declares. Its Open opens the subject, which
// can be done once.
func (p *InMemoryPlugin) Definition() protocol.Definition { return p.def }

// Close ends the calls in flight and closes the subject. It may be called more
// than once and concurrently; every call waits and returns the same. The error
// is the subject's.
func (p *InMemoryPlugin) Close() error {
	p.closeOnce.Do(func() {
		p.remote.closed.Store(true)
		p.grpc.Stop()
		err := errors.Join(p.conn.Close(), <-p.served, p.server.Close())
		if err != nil {
			p.closeErr = fmt.Errorf("close %s in memory: %w", p.server.definition.Name, err)
		}
	})
	return p.closeErr
}
