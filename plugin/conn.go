package plugin

import (
	"context"

	"google.golang.org/grpc"
)

// windowBytes is how much a plugin may send of an answer that nobody reads yet.
// While one is read, it is as much as the answer needs.
const windowBytes = 64 << 10

// dialOptions bound what is received of a plugin's answers before their turns.
func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithInitialWindowSize(windowBytes),
		grpc.WithInitialConnWindowSize(4 * windowBytes),
		grpc.WithChainUnaryInterceptor(receive),
	}
}

// receive is a grpc.UnaryClientInterceptor, the last one. It makes a call that
// has a turn as gRPC does, but that it takes the turn when the headers of the
// answer are there and before the message is received. To do so costs gRPC a
// stream with a goroutine to watch it, which is a good part of what a small call
// costs at all: the one call that has the shortcut is received as it comes, and
// takes its turn when it is to be decoded.
func receive(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		return invoker(ctx, method, req, reply, conn, opts...)
	}
	if t.shorten() {
		defer t.endShortcut()
		return invoker(ctx, method, req, reply, conn, opts...)
	}
	ctx, cancel := context.WithCancel(ctx) // ends the stream, however this ends
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{}, method, opts...)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(req); err != nil {
		return err
	}
	// An answer that is an error has no message to wait for. RecvMsg says what it
	// is, what else is wrong, and when there is no time to wait any more.
	if header, err := stream.Header(); err == nil && header != nil {
		_ = t.take(ctx)
	}
	return stream.RecvMsg(reply)
}
