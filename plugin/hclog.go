package plugin

import (
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// newHCLog returns the logger for go-plugin, which speaks go-hclog and has much
// to say. It costs nothing where the host does not want to hear it.
func newHCLog(log *pluginLog) hclog.Logger {
	if !log.logger.Enabled(log.ctx, slog.LevelDebug) {
		return hclog.NewNullLogger()
	}
	return hclog.New(&hclog.LoggerOptions{
		Output:     &lineWriter{line: log.aside},
		JSONFormat: true,
		Level:      hclog.Trace,
	})
}
