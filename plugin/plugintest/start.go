package plugintest

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// InMemory returns a [subjecttest.Suite]'s Start for a definition behind gRPC
// in this process.
func InMemory(def protocol.Definition) func(context.Context) (subjecttest.Instance, error) {
	return func(ctx context.Context) (subjecttest.Instance, error) {
		p, err := plugin.LaunchInMemory(ctx, def)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
}

// Binary returns a [subjecttest.Suite]'s Start for a plugin's binary, of which
// every instance is a process.
func Binary(opts plugin.Options) func(context.Context) (subjecttest.Instance, error) {
	return func(ctx context.Context) (subjecttest.Instance, error) {
		p, err := plugin.Launch(ctx, opts)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
}
