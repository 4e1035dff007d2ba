//go:build !unix

package plugin_test

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// unixObservers are none elsewhere.
var unixObservers map[string]func(context.Context, *fake) (protocol.Observation, error)
