package plugin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Serve makes this process the plugin for definition. It returns when the host
// ends it, with the error of closing the subject. It returns at once when the
// definition is not valid, and ends the process with an explanation when that
// was started by hand. The process must not write to standard output.
func Serve(definition protocol.Definition) error {
	if err := definition.Validate(); err != nil {
		return fmt.Errorf("serve %s: the definition is not valid: %w", definition.Name, err)
	}
	if definition.Open == nil {
		return fmt.Errorf("serve %s: the definition has no Open", definition.Name)
	}
	logger := Logger()
	srv := &server{definition: definition}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: handshake,
		Plugins:         goplugin.PluginSet{serviceName: &adapter{server: srv}},
		GRPCServer:      func(opts []grpc.ServerOption) *grpc.Server { return newServer(opts, logger) },
		Logger:          hclog.New(&hclog.LoggerOptions{Output: os.Stderr, JSONFormat: true, Level: hclog.Warn}),
	})
	return srv.Close()
}

// Logger returns a logger whose records the host takes over into its own log,
// level and attributes included. It writes to standard error, in the JSON that
// go-plugin reads there.
func Logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{
		Level: slog.LevelDebug, // the host decides what to keep
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				return a
			}
			switch a.Key {
			case slog.TimeKey:
				return slog.String("@timestamp", a.Value.Time().Format(hclog.TimeFormatJSON))
			case slog.LevelKey:
				return slog.String("@level", levelName(a.Value))
			case slog.MessageKey:
				return slog.String("@message", a.Value.String())
			default:
				return a
			}
		},
	}))
}

func levelName(v slog.Value) string {
	level, ok := v.Any().(slog.Level)
	switch {
	case !ok:
		return "info"
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warn"
	case level >= slog.LevelInfo:
		return "info"
	default:
		return "debug"
	}
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
