//go:build unix

package plugin_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The variables that tell a raw server where to listen and what to answer.
const (
	rawSocket = "RAW_SOCKET"
	rawAnswer = "RAW_ANSWER"
)

// serveRaw serves the same messages as a plugin does, by nothing but gRPC over
// a unix socket: what the boundary costs beyond that is what it adds.
func serveRaw() int {
	answer, err := benchAnswer()
	if err != nil {
		return fail(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", os.Getenv(rawSocket))
	if err != nil {
		return fail(err)
	}
	s := grpc.NewServer()
	subjectv1.RegisterSubjectServiceServer(s, &rawServer{answer: &subjectv1.ObserveResponse{
		Observation: plugin.ToProto(answer),
	}})
	fmt.Println("ready")
	if err := s.Serve(listener); err != nil {
		return fail(err)
	}
	return 0
}

// serveWithoutGoPlugin is a plugin that knows nothing but the .proto, and whose
// answers come with headers of a size.
func serveWithoutGoPlugin(headers int) int {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s")
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return fail(err)
	}
	s := grpc.NewServer()
	subjectv1.RegisterSubjectServiceServer(s, &fatServer{headers: headers})
	fmt.Printf("1|1|unix|%s|grpc|\n", path)
	if err := s.Serve(listener); err != nil {
		return fail(err)
	}
	return 0
}

type fatServer struct {
	subjectv1.UnimplementedSubjectServiceServer

	headers int
}

// Describe answers with a lot of headers.
func (s *fatServer) Describe(ctx context.Context, _ *subjectv1.DescribeRequest) (*subjectv1.DescribeResponse, error) {
	err := grpc.SetHeader(ctx, metadata.Pairs("fat", strings.Repeat("x", s.headers)))
	return &subjectv1.DescribeResponse{Definition: &subjectv1.Definition{
		Name: "fat", Version: "1", Summary: "s", ConfigSchema: []byte(`{}`), StateSchema: []byte(`{}`),
	}}, err
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
