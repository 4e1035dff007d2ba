package scenario

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
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
	maps.Copy(v, built(debug.ReadBuildInfo()))
	v["binary_sha256"] = programSum()
	ctx, cancel := context.WithTimeout(context.Background(), versionBound)
	defer cancel()
	for _, name := range []string{"redis-server", "prometheus"} {
		if said := version(ctx, name); said != "" {
			v[name] = said
		}
	}
	return v
}

// noCommit stands for a commit that nobody has written down.
const noCommit = "unknown (built without version control information)"

// built says of what a program was built. There is always a commit, be it that
// it is not known: then the sum of the binary tells which one it was.
func built(info *debug.BuildInfo, ok bool) map[string]any {
	v := map[string]any{"commit": noCommit}
	if !ok {
		return v
	}
	v["built_with"] = info.GoVersion
	v["module"], v["module_version"] = info.Main.Path, info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && s.Value != "":
			v["commit"] = s.Value
		case s.Key == "vcs.modified":
			v["modified"] = s.Value == "true"
		}
	}
	return v
}

// programSum is the SHA-256 of this program's binary in hexadecimal, or why there
// is none.
func programSum() string {
	path, err := os.Executable()
	if err != nil {
		return "unknown (" + failure.Line(err.Error()) + ")"
	}
	file, err := os.Open(path) //nolint:gosec // it is this very program
	if err != nil {
		return "unknown (" + failure.Line(err.Error()) + ")"
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "unknown (" + failure.Line(err.Error()) + ")"
	}
	return hex.EncodeToString(sum.Sum(nil))
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
