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
	calls   *calls
	conns   connections
	sockets *socketsDir

	connected chan struct{} // closed when connect has returned
	transport goplugin.ClientProtocol

	closeOnce sync.Once
	closeErr  error
}

// Launch starts a plugin's binary and asks for its definition. The context
// bounds the start and nothing after it. When it returns an error, nothing of
// the plugin is left.
//
// The error's code is InvalidArgument where an option is wrong, NotFound or
// PermissionDenied where there is no binary to start, PermissionDenied where it
// is not the one of Options.SHA256, Unimplemented where Options.Limits cannot
// be had, Canceled or DeadlineExceeded where the context or
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

	identity, err := newIdentity(opts)
	if err != nil {
		return nil, protocol.Errorf(protocol.Unavailable, "start plugin %s: %w", opts.Path, err)
	}
	sweepSockets()
	sockets, err := newSocketsDir()
	if err != nil {
		return nil, protocol.Errorf(protocol.Unavailable, "start plugin %s: %w", opts.Path, err)
	}
	p := newPlugin(ctx, opts, identity, sockets)
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

// Done returns a channel that is closed when the process has ended, whoever has
// ended it: within 100 ms, and with what it last wrote known.
func (p *Plugin) Done() <-chan struct{} { return p.process.exited }

// PID returns the process's ID.
func (p *Plugin) PID() int { return p.process.pid() }

// Err returns how the process ended: nil until Done is closed, then an
// Unavailable error with its status and what it last wrote.
func (p *Plugin) Err() error {
	select {
	case <-p.process.exited:
	default:
		return nil
	}
	return &protocol.Error{Code: protocol.Unavailable, Message: p.process.epitaph("")}
}

// maxHeaders bounds, in bytes, what a call's answer has in headers, where gRPC
// carries errors. One of ours has 130 KiB at most, which may double when it is
// made valid UTF-8, and a third more as base64.
const maxHeaders = 512 << 10

func newPlugin(ctx context.Context, opts Options, identity identity, sockets *socketsDir) *Plugin {
	log := newPluginLog(ctx, opts.Logger)
	p := &Plugin{opts: opts, log: log, sockets: sockets, connected: make(chan struct{})}
	// Somebody who has left the process's group may hold its side of a
	// connection, on which calls would wait for their deadlines.
	process := newProcess(opts, log, p.conns.close)
	p.process, p.remote, p.calls = process, newRemote(nil, size(opts.MaxMessage)), newCalls(process.letGo)
	p.remote.process = process
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          goplugin.PluginSet{serviceName: &adapter{}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		TLSConfig:        identity.tls,
		SkipHostEnv:      true,
		StartTimeout:     opts.StartTimeout,
		Logger:           newHCLog(log),
		// What the subject prints once it is being served comes this way.
		SyncStdout:       log.writer(),
		SyncStderr:       log.writer(),
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: sockets.path},
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, socketDir string) (runner.Runner, error) {
			env := append(spec.Env, identity.env...)
			return process, process.prepare(append(env, size(opts.MaxMessage).environment()...), socketDir)
		},
		GRPCDialOptions: append([]grpc.DialOption{
			grpc.WithDefaultCallOptions(p.remote.options...),
			grpc.WithChainUnaryInterceptor(p.calls.count),
			grpc.WithChainStreamInterceptor(p.conns.note),
			grpc.WithMaxHeaderListSize(maxHeaders),
			grpc.WithIdleTimeout(0), // a host may look once an hour, and is there in between
		}, dialOptions()...), // whose interceptor is to be the last
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
