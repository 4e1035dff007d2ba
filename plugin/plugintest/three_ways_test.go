//go:build unix && conformance

package plugintest_test

import (
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// The same subject passes the same suite, wherever it is.
func TestSuiteThreeWays(t *testing.T) {
	t.Run("in_process", func(t *testing.T) {
		subjecttest.Test(t, lampSuite(t, subjecttest.InProcess(lamp(""))))
	})
	t.Run("in_memory", func(t *testing.T) {
		subjecttest.Test(t, lampSuite(t, plugintest.InMemory(lamp(""))))
	})
	t.Run("binary", func(t *testing.T) {
		opts := options("lamp")
		suite := lampSuite(t, plugintest.Binary(opts))
		suite.Extra = plugintest.ProcessChecks(opts)
		subjecttest.Test(t, suite)
	})
}
