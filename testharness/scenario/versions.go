package scenario

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// versionBound is how long a program may take to say its version.
const versionBound = 5 * time.Second

// versions says with what a run was made: Go, this program, the system, and
// those of the programs that systems are often made of and that are in PATH.
func versions() map[string]any {
	v := map[string]any{
		"go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "cpus": runtime.NumCPU(),
	}
	if kernel, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		v["kernel"] = strings.TrimSpace(string(kernel))
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v["commit"] = s.Value
			case "vcs.modified":
				v["modified"] = s.Value == "true"
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), versionBound)
	defer cancel()
	for _, name := range []string{"redis-server", "prometheus"} {
		if said := version(ctx, name); said != "" {
			v[name] = said
		}
	}
	return v
}

// version is the first line that a program says of its version.
func version(ctx context.Context, name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput() //nolint:gosec // names of ours
	if err != nil {
		return ""
	}
	first, _, _ := bytes.Cut(out, []byte("\n"))
	return failure.Line(string(first))
}
