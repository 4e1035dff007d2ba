package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// benchState is a state, and benchCounter one of its counters.
type benchState struct {
	Counters []benchCounter `json:"counters"`
}

type benchCounter struct {
	Key       string `json:"key"`
	Count     int64  `json:"count"`
	Limit     int64  `json:"limit"`
	Remaining int64  `json:"remaining"`
}

func benchCounters(n int) []benchCounter {
	all := make([]benchCounter, n)
	for i := range all {
		all[i] = benchCounter{Key: fmt.Sprintf("customer/%d/requests", i), Count: int64(i % 100), Limit: 100, Remaining: int64(100 - i%100)}
	}
	return all
}

// appendCounters encodes counters as protobuf would have "repeated Counter = 1",
// with their fields in order.
func appendCounters(raw []byte, counters []benchCounter) []byte {
	var one []byte
	for _, c := range counters {
		one = protowire.AppendString(protowire.AppendTag(one[:0], 1, protowire.BytesType), c.Key)
		for i, n := range []int64{c.Count, c.Limit, c.Remaining} {
			one = protowire.AppendVarint(protowire.AppendTag(one, protowire.Number(2+i), protowire.VarintType), uint64(n))
		}
		raw = protowire.AppendBytes(protowire.AppendTag(raw, 1, protowire.BytesType), one)
	}
	return raw
}

var errPage = errors.New("is no page")

// decodeCounters appends the counters of a page.
func decodeCounters(all []benchCounter, raw []byte) ([]benchCounter, error) {
	for len(raw) > 0 {
		_, _, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return nil, errPage
		}
		one, m := protowire.ConsumeBytes(raw[n:])
		if m < 0 {
			return nil, errPage
		}
		raw = raw[n+m:]
		var c benchCounter
		for len(one) > 0 {
			number, kind, n := protowire.ConsumeTag(one)
			if n < 0 {
				return nil, errPage
			}
			one = one[n:]
			if kind == protowire.BytesType {
				c.Key, n = protowire.ConsumeString(one)
			} else {
				var value uint64
				value, n = protowire.ConsumeVarint(one)
				*[]*int64{&c.Count, &c.Limit, &c.Remaining}[number-2] = int64(value)
			}
			if n < 0 {
				return nil, errPage
			}
			one = one[n:]
		}
		all = append(all, c)
	}
	return all, nil
}

// structOf is the counters as any JSON in protobuf.
func structOf(counters []benchCounter) *structpb.Struct {
	list := make([]*structpb.Value, len(counters))
	for i, c := range counters {
		list[i] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"key": structpb.NewStringValue(c.Key), "count": structpb.NewNumberValue(float64(c.Count)),
			"limit": structpb.NewNumberValue(float64(c.Limit)), "remaining": structpb.NewNumberValue(float64(c.Remaining)),
		}})
	}
	return &structpb.Struct{Fields: map[string]*structpb.Value{"counters": structpb.NewListValue(&structpb.ListValue{Values: list})}}
}

// forms serves counters over plain gRPC in this process, in the forms that the
// boundary does not have.
type forms struct {
	conn     *grpc.ClientConn
	counters []benchCounter
	encoded  [][]byte         // the pages
	whole    *structpb.Struct // of which gRPC makes bytes each time
	made     atomic.Bool      // pages are encoded each time
}

// perPage is how many counters are in a page.
const perPage = 1_000

func connectForms(b *testing.B, counters []benchCounter) *forms {
	b.Helper()
	f := &forms{counters: counters, whole: structOf(counters)}
	for from := 0; from < len(counters); from += perPage {
		f.encoded = append(f.encoded, appendCounters(nil, counters[from:min(from+perPage, len(counters))]))
	}
	listener := bufconn.Listen(inMemoryBuffer)
	grpcServer := grpc.NewServer(grpc.MaxSendMsgSize(math.MaxInt32))
	grpcServer.RegisterService(&grpc.ServiceDesc{ServiceName: "forms", HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{
		{StreamName: "Pages", ServerStreams: true, Handler: f.servePages},
		{StreamName: "Struct", ServerStreams: true, Handler: func(_ any, stream grpc.ServerStream) error { return stream.SendMsg(f.whole) }},
	}}, f)
	served := make(chan error, 1)
	go func() { served <- grpcServer.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:forms",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))
	if err != nil {
		b.Fatal(err)
	}
	f.conn = conn
	b.Cleanup(func() {
		_ = conn.Close()
		grpcServer.Stop()
		if err := <-served; err != nil {
			b.Error(err)
		}
	})
	return f
}

func (f *forms) servePages(_ any, stream grpc.ServerStream) error {
	for i, page := range f.encoded {
		if f.made.Load() {
			from := i * perPage
			page = appendCounters(nil, f.counters[from:min(from+perPage, len(f.counters))])
		}
		if err := stream.SendMsg(wrapperspb.Bytes(page)); err != nil {
			return err
		}
	}
	return nil
}

// making has the pages encoded each time.
func (f *forms) making(way func(context.Context) (int, error)) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		f.made.Store(true)
		defer f.made.Store(false)
		return way(ctx)
	}
}

// pages receives the counters page by page.
func (f *forms) pages(ctx context.Context) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/forms/Pages")
	if err != nil {
		return 0, err
	}
	if err := stream.CloseSend(); err != nil {
		return 0, err
	}
	var all []benchCounter
	for {
		var page wrapperspb.BytesValue
		switch err := stream.RecvMsg(&page); {
		case errors.Is(err, io.EOF):
			return len(all), nil
		case err != nil:
			return 0, err
		}
		if all, err = decodeCounters(all, page.GetValue()); err != nil {
			return 0, err
		}
	}
}

// structure receives them as one Struct.
func (f *forms) structure(ctx context.Context) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/forms/Struct")
	if err != nil {
		return 0, err
	}
	if err := stream.CloseSend(); err != nil {
		return 0, err
	}
	var whole structpb.Struct
	if err := stream.RecvMsg(&whole); err != nil {
		return 0, err
	}
	return len(whole.GetFields()["counters"].GetListValue().GetValues()), nil
}
