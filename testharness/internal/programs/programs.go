// Package programs finds the programs of this module that clusters are made of,
// and builds them for tests.
package programs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Find returns the path of a program: the file beside this program's own, else
// the one in PATH.
func Find(command string) (string, error) {
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

// Make builds packages into dir with the go command and returns the paths of
// what they are, in their order. It works where the go command works: in this
// module, as tests are.
func Make(ctx context.Context, dir string, packages ...string) ([]string, error) {
	args := append([]string{"build", "-o", dir + string(filepath.Separator)}, packages...)
	build := exec.CommandContext(ctx, "go", args...) //nolint:gosec // packages of this module, named by its own code
	var output bytes.Buffer
	build.Stdout, build.Stderr = &output, &output
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build %s: %w: %s", strings.Join(packages, " "), err, failure.Line(output.String()))
	}
	paths := make([]string, len(packages))
	var wrong []error
	for i, name := range packages {
		found, err := exec.LookPath(filepath.Join(dir, path.Base(name)))
		paths[i], wrong = found, append(wrong, err)
	}
	return paths, errors.Join(wrong...)
}
