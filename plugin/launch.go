package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sync"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Plugin is a running plugin process. Close ends it. Its methods may be
// called concurrently.
type Plugin struct {
	opts    Options
	def     protocol.Definition
	remote  *remote
	process *process
	client  *goplugin.Client
	log     *pluginLog
	conns   connections

	connected chan struct{} // closed when connect has returned
	transport goplugin.ClientProtocol

	closeOnce sync.Once
	closeErr  error
}

// Launch starts a plugin's binary and asks for its definition. The context
// bounds the start and nothing after it. When it returns an error, nothing of
// the plugin is left.
//
// The error's code is InvalidArgument, NotFound or PermissionDenied where there
// is no binary to start, Canceled or DeadlineExceeded where the context or
// Options.StartTimeout ended the start, Internal where the definition is not
// valid, and Unavailable where the binary does not behave like a plugin; then
// it says what became of the process and what it last wrote.
func Launch(ctx context.Context, opts Options) (*Plugin, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, opts.StartTimeout)
	defer cancel()

	p := newPlugin(ctx, opts)
	// go-plugin's start knows no context, and can miss that the process is gone.
	// It goes on here until end takes the process and the connection from it.
	failed := make(chan error, 1)
	go func() {
		defer close(p.connected)
		failed <- p.connect()
	}()
	select {
	case err = <-failed:
	case <-p.process.exited:
		err = errors.New("the process has ended")
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		p.def, err = p.remote.describe(ctx)
	}
	if err != nil {
		unended := p.end(false)
		return nil, alongside(p.startError(ctx, err), unended)
	}
	return p, nil
}

// Load starts a plugin and opens its subject. Closing the Plugin ends both.
func Load(ctx context.Context, opts Options, config json.RawMessage) (protocol.Subject, *Plugin, error) {
	p, err := Launch(ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	subject, err := p.def.Open(ctx, config)
	if err != nil {
		return nil, nil, alongside(err, p.Close())
	}
	return subject, p, nil
}

// Definition returns what the plugin declares. Its Open configures the process,
// which can be done once.
func (p *Plugin) Definition() protocol.Definition { return p.def }

// PID returns the process's ID.
func (p *Plugin) PID() int { return p.process.pid() }

func newPlugin(ctx context.Context, opts Options) *Plugin {
	log := newPluginLog(ctx, opts.Logger)
	process := newProcess(opts, log)
	p := &Plugin{
		opts:      opts,
		process:   process,
		remote:    &remote{process: process},
		log:       log,
		connected: make(chan struct{}),
	}
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          goplugin.PluginSet{serviceName: &adapter{}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     opts.StartTimeout,
		Logger:           newHCLog(log),
		// What the subject prints once it is being served comes this way.
		SyncStdout:       log.writer(),
		SyncStderr:       log.writer(),
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: socketRoot()},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, socketDir string) (runner.Runner, error) {
			return process, process.prepare(spec.Env, socketDir)
		},
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(callOptions...),
			grpc.WithChainStreamInterceptor(p.conns.note),
		},
	})
	return p
}

// connect starts the process and connects to it. It returns when that is done,
// has failed, or the process is gone.
func (p *Plugin) connect() error {
	transport, err := p.client.Client()
	if err != nil {
		return err
	}
	p.transport = transport
	service, err := transport.Dispense(serviceName)
	if err != nil {
		return err
	}
	client, ok := service.(subjectv1.SubjectServiceClient)
	if !ok {
		return fmt.Errorf("unexpected service %T", service)
	}
	p.remote.service = client
	return nil
}
