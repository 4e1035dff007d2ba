package plugin

import (
	"context"
	"fmt"
	"net"
	"path"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// hostile answers each method of the service with bytes, or an error.
type hostile map[string]func() ([]byte, error)

// remote serves h over gRPC in memory and returns the host's end of it.
func (h hostile) remote(t testing.TB) *remote {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	s := grpc.NewServer(
		grpc.ForceServerCodecV2(bytesCodec{}),
		grpc.MaxSendMsgSize(1<<30),
		grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
			method, _ := grpc.MethodFromServerStream(stream)
			var req []byte
			if err := stream.RecvMsg(&req); err != nil {
				return err
			}
			answer, ok := h[path.Base(method)]
			if !ok {
				return fmt.Errorf("there is no answer to %s", method)
			}
			raw, err := answer()
			if err != nil {
				return err
			}
			return stream.SendMsg(raw)
		}))
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:hostile", append(dialOptions(),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		s.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return newRemote(subjectv1.NewSubjectServiceClient(conn), 0)
}

// open opens the subject that h describes and configures as def.
func (h hostile) open(t testing.TB, def protocol.Definition) protocol.Subject {
	t.Helper()
	if h["Describe"] == nil {
		h["Describe"] = answer(&subjectv1.DescribeResponse{Definition: definitionToProto(def)})
	}
	if h["Configure"] == nil {
		h["Configure"] = answer(&subjectv1.ConfigureResponse{Definition: definitionToProto(def)})
	}
	described, err := h.remote(t).describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	subject, err := described.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

func answer(m proto.Message) func() ([]byte, error) {
	return func() ([]byte, error) { return proto.Marshal(m) }
}

func answerBytes(raw []byte) func() ([]byte, error) {
	return func() ([]byte, error) { return raw, nil }
}

// bytesCodec sends bytes as they are.
type bytesCodec struct{}

var _ encoding.CodecV2 = bytesCodec{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	raw, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("%T is no bytes", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
}

func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	raw, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is no bytes", v)
	}
	*raw = data.Materialize()
	return nil
}
