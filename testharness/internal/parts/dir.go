package parts

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
)

// Dir makes the directory of a cluster: the one that is named, which is made
// where it is missing and kept, with what keep writes there at the end; or, where
// the name is "", a temporary one whose name begins with prefix. The caller must
// call end once.
func Dir(ctx context.Context, name, prefix string, keep func(dir string) error) (path string, end func() error, err error) {
	if name == "" {
		dir, err := scratch.New(ctx, prefix)
		if err != nil {
			return "", nil, err
		}
		return dir.Path(), dir.Close, nil
	}
	path, err = filepath.Abs(name)
	if err != nil {
		return "", nil, fmt.Errorf("resolve the cluster's directory: %w", err)
	}
	if err := os.MkdirAll(path, 0o750); err != nil {
		return "", nil, fmt.Errorf("make the cluster's directory: %w", err)
	}
	return path, func() error { return keep(path) }, nil
}
