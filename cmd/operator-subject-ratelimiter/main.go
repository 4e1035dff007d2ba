// Command operator-subject-ratelimiter is the plugin for a distributed rate
// limiter. An operator host starts it; it is of no use by hand.
package main

import (
	"log/slog"
	"os"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/ratelimiter"
)

func main() {
	logger := plugin.Logger()
	slog.SetDefault(logger)
	definition, err := ratelimiter.Definition()
	if err == nil {
		err = plugin.Serve(definition)
	}
	if err != nil {
		logger.Error("the plugin ends", "error", err)
		os.Exit(1)
	}
}
