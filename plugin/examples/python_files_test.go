//go:build unix

package examples_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// The plugin's own tests, of what cannot be brought about from outside.
func TestPythonUnits(t *testing.T) {
	t.Parallel()
	python := cmp.Or(os.Getenv("PYTHON"), "/usr/bin/python3")
	cmd := exec.CommandContext(t.Context(), python, "-B", "-m", "unittest", "discover", "--start-directory", "tests", "--top-level-directory", ".")
	cmd.Dir = "python"
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "OK") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The same sources make the same file: what was pinned stays pinned.
func TestPythonBuildIsReproducible(t *testing.T) {
	t.Parallel()
	one, err := plugin.Checksum(buildPython(t).Path)
	must(t, err)
	other, err := plugin.Checksum(buildPython(t).Path)
	must(t, err)
	if one != other {
		t.Errorf("built twice: %s and %s", one, other)
	}
}

// What is committed for trying the plugin by hand works as its documentation
// says.
func TestPythonConformanceFile(t *testing.T) {
	t.Parallel()
	opts := buildPython(t)
	operator := filepath.Join(t.TempDir(), "operator")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", operator, "../../cmd/operator").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), operator, "conformance", opts.Path, "--config", "python/conformance.yaml",
		"--only", "configure", "--only", "act/examples", "--only", "act/acts", "--only", "process/by_hand")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "✓ act/acts") || !strings.Contains(string(out), "✓ conforms  spool") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPythonOperatorFile(t *testing.T) {
	t.Parallel()
	config, err := host.ReadConfig("python/operator.yaml", os.LookupEnv)
	must(t, err)
	entry, err := config.Entry("orders_spool")
	must(t, err)
	if !entry.DisableMTLS || filepath.Base(entry.Plugin) != "operator-subject-spool" {
		t.Errorf("got %+v", entry)
	}
}

// The cookie that works is the one in the guide.
func TestGuideHasTheCookie(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("python/spool/handshake.py")
	must(t, err)
	guide, err := os.ReadFile("../GUIDE.md")
	must(t, err)
	cookie := regexp.MustCompile(`[0-9a-f]{32}`).Find(source)
	if cookie == nil || !strings.Contains(string(guide), "`"+string(cookie)+"`") {
		t.Errorf("%q is not in the guide", cookie)
	}
}
