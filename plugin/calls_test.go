package plugin

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A broker would keep whatever a plugin offers it.
func TestThereIsNoBroker(t *testing.T) {
	t.Parallel()
	var begun []string
	streamer := func(_ context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
		begun = append(begun, method)
		return nil, nil //nolint:nilnil // nobody looks at it
	}
	conn, err := grpc.NewClient("passthrough:nowhere", grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var c connections
	both := &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}
	if _, err := c.note(t.Context(), both, conn, brokerMethod, streamer); status.Code(err) != codes.Unimplemented {
		t.Errorf("the broker's: got %v", err)
	}
	if _, err := c.note(t.Context(), &grpc.StreamDesc{ServerStreams: true}, conn, "/plugin.GRPCStdio/StreamStdio", streamer); err != nil {
		t.Error(err)
	}
	// Of a call that is no stream there are many, on connections that are known.
	if _, err := c.note(t.Context(), &grpc.StreamDesc{}, conn, subjectv1.SubjectService_Observe_FullMethodName, streamer); err != nil {
		t.Error(err)
	}
	if len(begun) != 2 || len(c.made) != 2 {
		t.Errorf("%q of %d streams were begun", begun, len(c.made))
	}
}

// What is refused while closing is certain not to have been sent.
func TestCallsAreRefused(t *testing.T) {
	t.Parallel()
	c := newCalls(func() {})
	sent := 0
	call := func(method string) error {
		return c.count(t.Context(), method, nil, nil, nil, func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error {
			sent++
			return nil
		})
	}
	if err := call(subjectv1.SubjectService_Act_FullMethodName); err != nil {
		t.Error(err)
	}
	<-c.refuse()
	<-c.refuse()
	r := &remote{}
	r.closed.Store(true)
	err := r.failed(t.Context(), "act", call(subjectv1.SubjectService_Act_FullMethodName))
	if err.Code != protocol.FailedPrecondition || err.Effect != protocol.EffectNone {
		t.Errorf("got %#v", err)
	}
	if err := call(shutdownMethod); err != nil || sent != 2 {
		t.Errorf("%d calls were sent, %v", sent, err)
	}
}
