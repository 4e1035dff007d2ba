package plugin

import (
	"context"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// calls counts the calls to the subject that are in flight.
type calls struct {
	deaf func() // called when the plugin turns out not to know how to be asked to end

	mu      sync.Mutex
	n       int
	refused bool
	idle    chan struct{} // closed when calls are refused and none is in flight
}

func newCalls(deaf func()) *calls { return &calls{deaf: deaf, idle: make(chan struct{})} }

// Methods of go-plugin's: by the first a host asks a plugin to end, and by the
// second either side can open further connections.
const (
	shutdownMethod = "/plugin.GRPCController/Shutdown"
	brokerMethod   = "/plugin.GRPCBroker/StartStream"
)

// ownMethods is what the methods of the subject's service begin with.
var ownMethods = "/" + subjectv1.SubjectService_ServiceDesc.ServiceName + "/"

// maxAside bounds, in bytes, a message that is not of the subject's service.
// go-plugin's own have at most 1 KiB of what the plugin has printed.
const maxAside = 64 << 10

// count is a grpc.UnaryClientInterceptor.
func (c *calls) count(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoker grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if !strings.HasPrefix(method, ownMethods) {
		err := invoker(ctx, method, req, reply, conn, append(opts, grpc.MaxCallRecvMsgSize(maxAside))...)
		if method == shutdownMethod && status.Code(err) == codes.Unimplemented {
			c.deaf()
		}
		return err
	}
	if !c.begin() {
		e := protocol.Errorf(protocol.FailedPrecondition, "the plugin is closed")
		if method == subjectv1.SubjectService_Act_FullMethodName {
			e.Effect = protocol.EffectNone
		}
		return errorToStatus(e)
	}
	defer c.end()
	return invoker(ctx, method, req, reply, conn, opts...)
}

func (c *calls) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.refused {
		c.n++
	}
	return !c.refused
}

func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
	if c.refused && c.n == 0 {
		close(c.idle)
	}
}

// refuse refuses further calls, and returns what is closed when those in flight
// have ended.
func (c *calls) refuse() (idle <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.refused && c.n == 0 {
		close(c.idle)
	}
	c.refused = true
	return c.idle
}
