package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
)

// command is the node's file name, nodePackage where it is built from.
const (
	command     = "ratelimiterd"
	nodePackage = "github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd"
)

// FindNode returns the path of ratelimiterd: the file beside this program's own,
// else the one in PATH.
func FindNode() (string, error) {
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), command)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(command)
	if err != nil {
		return "", fmt.Errorf("no %s beside this program or in PATH: run `make build`: %w", command, err)
	}
	return path, nil
}

// BuildNode builds ratelimiterd into dir with the go command and returns its
// path. It works where the go command works: in this module, as tests are.
func BuildNode(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, command)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", path, nodePackage)
	var output bytes.Buffer
	build.Stdout, build.Stderr = &output, &output
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("go build %s: %w: %s", nodePackage, err, failure.Line(output.String()))
	}
	return path, nil
}

// Build builds ratelimiterd once, when it is first needed, for all tests of a
// package. The zero value is ready; it is safe for concurrent use. TestMain
// closes it:
//
//	var build cluster.Build
//
//	func TestMain(m *testing.M) {
//		goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
//	}
type Build struct {
	mu   sync.Mutex
	dir  *scratch.Dir
	path string
}

// Node returns the path of the built ratelimiterd. A build that failed is tried
// again by the next call.
func (b *Build) Node(ctx context.Context) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.path != "" {
		return b.path, nil
	}
	if b.dir == nil {
		dir, err := scratch.New(ctx, "ratelimiter-build-")
		if err != nil {
			return "", err
		}
		b.dir = dir
	}
	path, err := BuildNode(ctx, b.dir.Path())
	if err != nil {
		return "", err
	}
	b.path = path
	return path, nil
}

// Close removes what was built.
func (b *Build) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	dir := b.dir
	b.dir, b.path = nil, ""
	if dir == nil {
		return nil
	}
	return dir.Close()
}

// Exit closes and returns the exit code of the tests, or a failure where they
// passed and closing did not.
func (b *Build) Exit(code int) int {
	if err := b.Close(); err != nil {
		fmt.Fprintln(os.Stderr, errors.Join(errors.New("remove the built ratelimiterd"), err))
		return max(code, 1)
	}
	return code
}
