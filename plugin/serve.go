package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Serve makes this process the plugin for definition. It returns when the host
// ends it or is gone, with the error of closing the subject. It returns at once
// when the definition is not valid, and ends the process with an explanation
// when that was started by hand. When the host is gone the process ends within
// half a second, even if closing the subject takes longer.
//
// Before Serve the process must not write to standard output, which belongs to
// go-plugin; what it prints later goes to the host's log.
func Serve(definition protocol.Definition) error {
	if err := definition.Validate(); err != nil {
		return fmt.Errorf("serve %s: the definition is not valid: %w", definition.Name, err)
	}
	if definition.Open == nil {
		return fmt.Errorf("serve %s: the definition has no Open", definition.Name)
	}
	srv := &server{definition: definition}
	most := takeSize()
	if life := takeLifeline(); life != nil {
		go life.watch()
		served := serve(srv, most, nil, func(s *grpc.Server) { life.server <- s })
		err := ended(srv, served)
		life.end()
		if life.orphaned.Load() {
			removeSockets()
		}
		return err
	}
	watch := newHostWatch()
	served := serve(srv, most, watch, func(s *grpc.Server) { watch.begin(s.Stop) })
	err := ended(srv, served)
	if served {
		watch.end()
	}
	return err
}

// serve serves until the server is stopped. It reports whether it could.
func serve(srv *server, most size, watch stats.Handler, begin func(*grpc.Server)) (served bool) {
	offer, err := newOffer()
	if err != nil {
		Logger().Error("the plugin cannot do mutual TLS", "error", err)
		return false
	}
	defer offer.end()
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         goplugin.PluginSet{serviceName: &adapter{server: srv}},
		TLSProvider:     offer.provider(),
		Logger:          hclog.New(&hclog.LoggerOptions{Output: stderr, JSONFormat: true, Level: hclog.Warn}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			if watch != nil {
				opts = append(opts, grpc.StatsHandler(watch))
			}
			s := newServer(append(opts, grpc.ChainUnaryInterceptor(ownOutput())), Logger(), most)
			begin(s)
			served = true
			return s
		},
	})
	return served
}

// ownOutput gives the process its standard output and error back, which go-plugin
// replaces by pipes of its own before it serves: what is printed there crosses
// the boundary as calls do, and a program's last words before it exits would
// stay behind. The host reads what the process was given.
func ownOutput() grpc.UnaryServerInterceptor {
	back := sync.OnceFunc(func() { os.Stdout, os.Stderr = stdout, stderr })
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		back()
		return handler(ctx, req)
	}
}

// ended closes the subject, or says why there is none.
func ended(srv *server, served bool) error {
	if !served {
		return fmt.Errorf("serve %s: the plugin could not listen: its log says why", srv.definition.Name)
	}
	return srv.Close()
}

// adapter is what go-plugin wants to know on either side.
type adapter struct {
	goplugin.NetRPCUnsupportedPlugin

	server *server // nil in the host
}

// GRPCServer registers the subject's service.
func (a *adapter) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	if a.server == nil {
		return errors.New("the host's side serves nothing")
	}
	subjectv1.RegisterSubjectServiceServer(s, a.server)
	return nil
}

// GRPCClient returns the service's client.
func (a *adapter) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return subjectv1.NewSubjectServiceClient(conn), nil
}
