//go:build unix

package plugin_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// rawSocket is the variable that tells a raw server where to listen.
const rawSocket = "RAW_SOCKET"

// serveRaw serves the same messages as a plugin does, by nothing but gRPC over
// a unix socket: what the boundary costs beyond that is what it adds.
func serveRaw() int {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", os.Getenv(rawSocket))
	if err != nil {
		return fail(err)
	}
	s := grpc.NewServer()
	subjectv1.RegisterSubjectServiceServer(s, &rawServer{answer: &subjectv1.ObserveResponse{
		Observation: plugin.ToProto(benchObservation()),
	}})
	fmt.Println("ready")
	if err := s.Serve(listener); err != nil {
		return fail(err)
	}
	return 0
}

type rawServer struct {
	subjectv1.UnimplementedSubjectServiceServer

	answer *subjectv1.ObserveResponse
}

// Observe answers what has been made before.
func (r *rawServer) Observe(context.Context, *subjectv1.ObserveRequest) (*subjectv1.ObserveResponse, error) {
	return r.answer, nil
}

// benchOnce is benchObservation, which is not to be measured.
var benchOnce = sync.OnceValue(benchObservation)

// benchObservation is of the size of one of three nodes and a hundred counters.
func benchObservation() protocol.Observation {
	o := fakeObservation()
	o.Violations = o.Violations[:1]
	o.State = []byte(`{"counters":[`)
	for i := range 100 {
		o.State = fmt.Appendf(o.State, `{"key":"customer/%d/requests","count":%d,"limit":100,"remaining":50},`, i, i)
	}
	o.State = append(o.State, `null]}`...)
	return o
}
