package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Links listen below the ports that package servers gives to servers.
const (
	lowestPort  = 10000
	highestPort = 20000
	blockPorts  = 100
)

// A block is a range of loopback ports that one network has for itself, among
// all networks of all processes. A link that refuses connections does not
// listen, and nobody else may take its address meanwhile. Whoever listens on the
// first port of the range has the rest.
type block struct {
	claim net.Listener // never accepts
	first int
	used  int // ports from the first on that are claim's or were tried
}

// claimBlock finds a block that nobody has.
func claimBlock(ctx context.Context) (*block, error) {
	blocks := rand.Perm((highestPort - lowestPort) / blockPorts) //nolint:gosec // spreads parallel runs over ports, guards nothing
	var last error
	for _, i := range blocks {
		first := lowestPort + i*blockPorts
		claim, err := listenOn(ctx, first)
		if err == nil {
			return &block{claim: claim, first: first, used: 1}, nil
		}
		last = err
	}
	return nil, fmt.Errorf("find %d ports in %d-%d on loopback that no other network has: %w",
		blockPorts, lowestPort, highestPort, errors.Join(ctx.Err(), last))
}

// listen opens a listener on an address of the block that nothing listened on.
func (b *block) listen(ctx context.Context) (net.Listener, error) {
	var last error
	for b.used < blockPorts {
		listener, err := listenOn(ctx, b.first+b.used)
		b.used++
		if err == nil {
			return listener, nil
		}
		last = err
	}
	return nil, fmt.Errorf("find a free port in %d-%d on loopback: %w", b.first, b.first+blockPorts-1, errors.Join(ctx.Err(), last))
}

func (b *block) close() error { return b.claim.Close() }

func listenOn(ctx context.Context, port int) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
