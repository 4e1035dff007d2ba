package plugin

import (
	"context"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// InMemory serves def over gRPC without a process, a socket or TLS, and returns
// it as a host sees it.
func InMemory(t *testing.T, def protocol.Definition) protocol.Definition {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	srv := &server{definition: def}
	grpcServer := newServer(nil, Logger(), 0)
	subjectv1.RegisterSubjectServiceServer(grpcServer, srv)
	served := make(chan error, 1)
	go func() { served <- grpcServer.Serve(listener) }()

	conn, err := grpc.NewClient("passthrough:in-memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		grpcServer.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	r := newRemote(subjectv1.NewSubjectServiceClient(conn), 0)
	got, err := r.describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Cookie is what tells a plugin that a host has started it.
func Cookie() string { return handshake.MagicCookieKey + "=" + handshake.MagicCookieValue }

// ToProto is an observation as it is on the wire.
var ToProto = observationToProto
