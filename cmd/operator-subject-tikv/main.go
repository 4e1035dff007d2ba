// Command operator-subject-tikv is the plugin for a TiKV cluster. An operator host
// starts it; it is of no use by hand.
package main

import (
	"log/slog"
	"os"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/tikv"
)

func main() {
	logger := plugin.Logger()
	slog.SetDefault(logger)
	definition, err := tikv.Definition()
	if err == nil {
		err = plugin.Serve(definition)
	}
	if err != nil {
		logger.Error("the plugin ends", "error", err)
		os.Exit(1)
	}
}
