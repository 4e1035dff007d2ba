package tikvcluster

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
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
	p, address, err := parts.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &Server{p, address}, nil
}
