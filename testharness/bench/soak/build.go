package soak

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// The programs of a soak.
const (
	operatorCommand = "operator"
	pluginCommand   = "operator-subject-ratelimiter"
	nodeCommand     = "ratelimiterd"
)

// build builds the programs into dir with the go command, in the module that the
// working directory is in.
func build(ctx context.Context, dir string) error {
	const module = "github.com/operator-ratelimiter/operator-ratelimiter/"
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", dir+string(filepath.Separator), //nolint:gosec // the arguments are this program's own
		module+"cmd/"+operatorCommand, module+"cmd/"+pluginCommand, module+"testharness/"+nodeCommand)
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, lastOf(out.String()))
	}
	return nil
}
