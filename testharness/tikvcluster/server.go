package tikvcluster

import (
	"context"
	"os"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// Server is one part of a cluster: a process on an address of its own, which it
// keeps through restarts.
type Server struct {
	*process.Process

	address string
}

// Address is host:port.
func (s *Server) Address() string { return s.address }

// URL is the address as a URL.
func (s *Server) URL() string { return "http://" + s.address }

// startServer starts a process on a free address.
func startServer(ctx context.Context, spec func(address string) process.Spec) (*Server, error) {
	p, address, err := servers.Start(ctx, func(address string) process.Spec {
		s := spec(address)
		s.Env = environment()
		return s
	})
	if err != nil {
		return nil, err
	}
	return &Server{p, address}, nil
}

// environment is what the programs are given: only what the system needs.
func environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH")}
	for _, name := range []string{"HOME", "TMPDIR", "SYSTEMROOT", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
