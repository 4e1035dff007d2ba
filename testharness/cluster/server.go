package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// Server is one part of a cluster: a process on an address of its own, which it
// keeps through restarts. It is safe for concurrent use. Of an embedded Redis
// all faults are [errors.ErrUnsupported].
type Server struct {
	name, address, url string

	process  *process.Process // nil where it is embedded
	embedded func()           // closes what is embedded
}

// Name is the server's name in errors, logs and file names: "redis",
// "prometheus", or the node's id.
func (s *Server) Name() string { return s.name }

// Address is host:port.
func (s *Server) Address() string { return s.address }

// URL is the address as a URL.
func (s *Server) URL() string { return s.url }

// PID is the process id of the present or last run, 0 where it is embedded.
func (s *Server) PID() int {
	if s.process == nil {
		return 0
	}
	return s.process.PID()
}

// State tells whether it runs, hangs, or has exited.
func (s *Server) State() process.State {
	if s.process == nil {
		return process.Running
	}
	return s.process.State()
}

// Log is the end of what it wrote.
func (s *Server) Log() string {
	if s.process == nil {
		return ""
	}
	return s.process.Log()
}

// Kill ends it at once, see [process.Process.Kill].
func (s *Server) Kill() error { return s.fault("kill", (*process.Process).Kill) }

// Hang stops it without ending it, see [process.Process.Hang].
func (s *Server) Hang() error { return s.fault("hang", (*process.Process).Hang) }

// Resume lets it go on after Hang, see [process.Process.Resume].
func (s *Server) Resume() error { return s.fault("resume", (*process.Process).Resume) }

// Terminate asks it to end, see [process.Process.Terminate].
func (s *Server) Terminate(grace time.Duration) error {
	return s.fault("terminate", func(p *process.Process) error { return p.Terminate(grace) })
}

// Restart ends it where it runs, and starts it on the same address; it returns
// when it serves again. Redis comes back empty unless it was told to save, and
// a node may not be registered yet.
func (s *Server) Restart(ctx context.Context) error {
	return s.fault("restart", func(p *process.Process) error { return p.Restart(ctx) })
}

// StartHung ends it where it runs and starts it again, stopped, see
// [process.Process.StartHung].
func (s *Server) StartHung(ctx context.Context) error {
	return s.fault("start", func(p *process.Process) error { return p.StartHung(ctx) })
}

// AwaitReady resumes it where it hangs and waits until it serves, see
// [process.Process.AwaitReady].
func (s *Server) AwaitReady(ctx context.Context) error {
	return s.fault("await", func(p *process.Process) error { return p.AwaitReady(ctx) })
}

func (s *Server) fault(what string, f func(*process.Process) error) error {
	if s.process == nil {
		return fmt.Errorf("%s %s, which is embedded: %w", what, s.name, errors.ErrUnsupported)
	}
	return f(s.process)
}

func (s *Server) close() error {
	if s.process == nil {
		s.embedded()
		return nil
	}
	return s.process.Close()
}

// startServer starts a process on a free address.
func startServer(ctx context.Context, spec func(address string) process.Spec) (*Server, error) {
	p, address, err := parts.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return newServer(p, "http", address), nil
}

func newServer(p *process.Process, scheme, address string) *Server {
	return &Server{name: p.Name(), address: address, url: scheme + "://" + address, process: p}
}
