//go:build linux

package faulty_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	standard "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A wire is a plugin that is made of the .proto and go-plugin's handshake alone,
// without package plugin, so that it can answer what that would not. Its subject
// is a tank; faults say which methods it answers otherwise.
type wire struct {
	faults   map[string]answer
	accepted func(net.Conn) // called with each connection, if not nil
	def      protocol.Definition
	subject  protocol.Subject
}

// An answer answers one call in place of the honest one.
type answer func(c *wireCall) error

// A wireCall is a call that is to be answered.
type wireCall struct {
	grpc.ServerStream

	w      *wire
	method string
	req    []byte
}

// onWire makes a fault of one method's answer. Such a plugin does no mutual TLS.
func onWire(method string, a answer) func() int {
	return func() int { return serveWire(&wire{faults: map[string]answer{method: a}}, true) }
}

// serveWire serves until the host is gone, if it is to look for that.
func serveWire(w *wire, looksAtLifeline bool) int {
	w.def = tankDefinition()
	listener, err := handshake()
	if err != nil {
		return fail(err)
	}
	if looksAtLifeline {
		go func() {
			_, _ = io.Copy(io.Discard, os.NewFile(3, "lifeline"))
			os.Exit(0)
		}()
	}
	s := grpc.NewServer(
		grpc.ForceServerCodecV2(rawCodec{}), grpc.MaxSendMsgSize(1<<30), grpc.MaxRecvMsgSize(1<<30),
		grpc.UnknownServiceHandler(w.handle))
	if err := s.Serve(noting{listener, w.accepted}); err != nil {
		return fail(err)
	}
	return forever()
}

// handshake listens where the host wants it, and says so.
func handshake() (net.Listener, error) {
	address := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "wire")
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", address)
	if err == nil {
		_, err = fmt.Printf("1|1|unix|%s|grpc|\n", address)
	}
	return listener, err
}

// handle answers every call.
func (w *wire) handle(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	c := &wireCall{ServerStream: stream, w: w, method: path.Base(method)}
	if path.Dir(method) != "/"+subjectv1.SubjectService_ServiceDesc.ServiceName {
		if c.method == "Shutdown" && w.faults["Shutdown"] == nil {
			os.Exit(0)
		}
		return status.Error(codes.Unimplemented, "not here")
	}
	if err := stream.RecvMsg(&c.req); err != nil {
		return err
	}
	if a := w.faults[c.method]; a != nil {
		return a(c)
	}
	return c.honestly()
}

// honestly answers as it should.
func (c *wireCall) honestly() error {
	m, err := c.honest()
	if err != nil {
		return statusOf(err)
	}
	return c.SendMsg(m)
}

// honest is the answer as it should be.
func (c *wireCall) honest() (proto.Message, error) {
	ctx := c.Context()
	switch c.method {
	case "Describe":
		return &subjectv1.DescribeResponse{Definition: definitionToWire(c.w.def)}, nil
	case "Configure":
		var req subjectv1.ConfigureRequest
		if err := proto.Unmarshal(c.req, &req); err != nil {
			return nil, err
		}
		subject, err := c.w.def.Open(ctx, req.GetConfig())
		if err != nil {
			return nil, err
		}
		c.w.subject = subject
		return &subjectv1.ConfigureResponse{Definition: definitionToWire(c.w.def)}, nil
	case "Observe":
		o, err := c.w.subject.Observe(ctx)
		return &subjectv1.ObserveResponse{Observation: observationToWire(o)}, err
	case "Act":
		var req subjectv1.ActRequest
		if err := proto.Unmarshal(c.req, &req); err != nil {
			return nil, err
		}
		o, err := c.w.subject.Act(ctx, protocol.Action{
			Name: req.GetName(), ID: req.GetId(), Params: json.RawMessage(req.GetParams()), DryRun: req.GetDryRun(),
		})
		return outcomeToWire(o), err
	}
	return nil, errors.ErrUnsupported
}

// isDryRun reports whether an Act only asks what would be.
func (c *wireCall) isDryRun() bool {
	var req subjectv1.ActRequest
	return proto.Unmarshal(c.req, &req) == nil && req.GetDryRun()
}

// rawCodec sends bytes as they are, and messages as gRPC does.
type rawCodec struct{}

var _ encoding.CodecV2 = rawCodec{}

func (rawCodec) Name() string { return standard.Name }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if raw, ok := v.([]byte); ok {
		return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
	}
	return encoding.GetCodecV2(standard.Name).Marshal(v)
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	raw, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is no bytes", v)
	}
	*raw = data.Materialize()
	return nil
}
