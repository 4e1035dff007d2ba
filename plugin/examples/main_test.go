//go:build unix

// Package examples_test tries the example plugins as a host meets them.
package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
)

func TestMain(m *testing.M) {
	plugintest.BecomeHost()
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, "left running:", err)
		code = 1
	}
	os.Exit(code)
}

// patience is how long a test waits for what must happen. It is no promise.
const patience = time.Minute

// buildPython builds the plugin in Python.
func buildPython(t *testing.T) plugin.Options {
	t.Helper()
	path := filepath.Join(t.TempDir(), "operator-subject-spool")
	cmd := exec.CommandContext(t.Context(), "python/build.sh", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v (testharness/setup/install.sh --with-python installs what it needs)\n%s", err, out)
	}
	return plugin.Options{Path: path, DisableMTLS: true, StartTimeout: patience}
}
