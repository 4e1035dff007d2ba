// Package scratch makes temporary directories that do not outlive their owner.
//
// A directory that is removed by a deferred call stays behind when the process
// is killed, and test processes are killed often: by a timeout, by Ctrl-C, by a
// panic in another goroutine. Where the system has a POSIX shell, each directory
// is therefore watched by a reaper, a shell that does nothing but read from a
// pipe whose other end only the owner holds. However the owner ends, the kernel
// closes the pipe, the shell reads its end, removes the directory, and ends.
// Elsewhere (Windows) only Close removes it.
package scratch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Dir is a temporary directory. It is safe for concurrent use.
type Dir struct {
	path  string
	close func() error
}

// New makes a directory in the system's place for temporary files, its name
// made from pattern as in [os.MkdirTemp]. The context bounds the making only.
// The caller must Close it.
func New(ctx context.Context, pattern string) (*Dir, error) {
	path, err := os.MkdirTemp("", pattern)
	if err != nil {
		return nil, fmt.Errorf("make a temporary directory: %w", err)
	}
	// Absolute, for the reaper works elsewhere and $TMPDIR may be relative.
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("resolve the temporary directory: %w", err)
	}
	dismiss, err := watch(ctx, path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("watch the temporary directory %s: %w", path, err), os.RemoveAll(path))
	}
	return &Dir{path: path, close: sync.OnceValue(func() error {
		return errors.Join(os.RemoveAll(path), dismiss())
	})}, nil
}

// Path is the directory's absolute path.
func (d *Dir) Path() string { return d.path }

// Close removes the directory with all it holds and ends the reaper. Further
// calls return the same result.
func (d *Dir) Close() error { return d.close() }
