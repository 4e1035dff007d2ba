package servers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are picked below every system's range of ephemeral ports (Linux 32768,
// macOS and Windows 49152 and up). A port from that range may become the local
// end of somebody's outgoing connection while its server is down, and then the
// server cannot come back to it.
const (
	lowestPort  = 20000
	highestPort = 32000
)

// Address returns a loopback address, host:port, that nothing listens on now.
// Somebody else may take it before it is used: who starts a server on it should
// be ready to try another.
func Address(ctx context.Context) (string, error) {
	const attempts = 200
	var last error
	for range attempts {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // spreads parallel tests over ports, guards nothing
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			last = err
			continue
		}
		return addr, listener.Close()
	}
	return "", fmt.Errorf("find a free port in %d-%d on loopback: %w", lowestPort, highestPort, errors.Join(ctx.Err(), last))
}
