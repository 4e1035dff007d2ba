package servers

import (
	"context"
	"errors"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// Start starts the process that spec describes for a free address, host:port,
// and waits until it is ready. Where somebody took the address between its
// choice and its use, it tries others. The caller must Close the process, which
// keeps its address through restarts.
func Start(ctx context.Context, spec func(address string) process.Spec) (p *process.Process, address string, err error) {
	const attempts = 5
	for range attempts {
		address, err = Address(ctx)
		if err != nil {
			return nil, "", err
		}
		p, err = process.Start(ctx, spec(address))
		if err == nil {
			return p, address, nil
		}
		if exited, ok := errors.AsType[*process.ExitedError](err); !ok || !taken(exited.Output) {
			break
		}
	}
	return nil, "", err
}

// taken recognises the last words of a program whose address is in use.
func taken(output string) bool {
	output = strings.ToLower(output)
	return strings.Contains(output, "address already in use") || strings.Contains(output, "only one usage of each socket address")
}
