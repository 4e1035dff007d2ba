package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Plugin is a running plugin process. Close ends it.
type Plugin struct {
	*remote

	def     protocol.Definition
	opts    Options
	client  *goplugin.Client
	process *process

	closeOnce sync.Once
	closeErr  error
}

// Launch starts a plugin's binary and asks for its definition. The context
// bounds the start and nothing after it.
func Launch(ctx context.Context, opts Options) (*Plugin, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, opts.StartTimeout)
	defer cancel()

	p := &Plugin{
		opts:    opts,
		remote:  &remote{},
		process: &process{path: opts.Path, exited: make(chan struct{})},
	}
	p.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  handshake,
		Plugins:          goplugin.PluginSet{serviceName: &adapter{}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     opts.StartTimeout,
		Logger:           newHCLog(opts.Logger),
		RunnerFunc: func(_ hclog.Logger, spec *exec.Cmd, socketDir string) (runner.Runner, error) {
			return p.process, p.process.prepare(opts.Args, append(environment(opts.Env), spec.Env...), socketDir)
		},
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(callOptions...)},
	})

	// go-plugin's start knows no context. It is left behind when ctx ends, and
	// ends by itself once the process is gone.
	started := make(chan error, 1)
	go func() { started <- p.connect() }()
	select {
	case err = <-started:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		p.def, err = p.describe(ctx)
	}
	if err != nil {
		err = startError(ctx, opts, err)
		// A plugin that failed to start is owed no grace, and while it starts
		// go-plugin's lock keeps it from being asked.
		return nil, errors.Join(err, p.process.Kill(context.Background()), p.Close())
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
		return nil, nil, errors.Join(err, p.Close())
	}
	return subject, p, nil
}

// Definition returns what the plugin declares. Its Open configures the process,
// which can be done once.
func (p *Plugin) Definition() protocol.Definition { return p.def }

// PID returns the process's ID.
func (p *Plugin) PID() int { return p.process.pid() }

func (p *Plugin) connect() error {
	proto, err := p.client.Client()
	if err != nil {
		return err
	}
	service, err := proto.Dispense(serviceName)
	if err != nil {
		return err
	}
	client, ok := service.(subjectv1.SubjectServiceClient)
	if !ok {
		return fmt.Errorf("unexpected service %T", service)
	}
	p.service = client
	return nil
}

// Close ends the plugin and waits until its process is gone, for no longer than
// CloseTimeout. Calls in flight fail. It may be called more than once and
// concurrently; every call waits and returns the same.
func (p *Plugin) Close() error {
	p.closeOnce.Do(func() {
		p.closed.Store(true)
		p.closeErr = p.stop()
	})
	return p.closeErr
}

func (p *Plugin) stop() error {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		p.client.Kill() // asks, waits, then kills; may hang on a hung plugin
	}()
	half := p.opts.CloseTimeout / 2
	if waitFor(stopped, half) {
		return nil
	}
	if err := p.process.Kill(context.Background()); err != nil {
		return err
	}
	defer p.process.release()
	if !waitFor(p.process.exited, half/2) {
		p.process.release()
	}
	if !waitFor(stopped, half/2) {
		return fmt.Errorf("close plugin %s: process %s is not gone %s after it was killed", p.opts.Path, p.process.ID(), half)
	}
	return nil
}

func waitFor(done <-chan struct{}, bound time.Duration) bool {
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

func startError(ctx context.Context, opts Options, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return protocol.Errorf(protocol.Canceled, "start plugin %s: canceled", opts.Path)
	case ctx.Err() != nil:
		return protocol.Errorf(protocol.DeadlineExceeded,
			"start plugin %s: it was not ready within its start timeout of %s or the caller's deadline; its log says what it did",
			opts.Path, opts.StartTimeout)
	case protocol.CodeOf(err) != protocol.UnknownError:
		return fmt.Errorf("start plugin %s: %w", opts.Path, err)
	default:
		return protocol.Errorf(protocol.Unavailable, "start plugin %s: %w", opts.Path, err)
	}
}
