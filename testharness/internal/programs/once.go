package programs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
)

// Once builds programs once, when they are first needed, for all tests of a
// package, whose TestMain closes it. The zero value is ready; it is safe for
// concurrent use.
type Once struct {
	mu    sync.Mutex
	dir   *scratch.Dir
	paths []string
}

// Paths returns the paths of the built packages, which are the same in each call.
// A build that failed is tried again by the next call.
func (o *Once) Paths(ctx context.Context, packages ...string) ([]string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.paths != nil {
		return o.paths, nil
	}
	if o.dir == nil {
		dir, err := scratch.New(ctx, "harness-build-")
		if err != nil {
			return nil, err
		}
		o.dir = dir
	}
	paths, err := Make(ctx, o.dir.Path(), packages...)
	if err != nil {
		return nil, err
	}
	o.paths = paths
	return paths, nil
}

// Close removes what was built.
func (o *Once) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	dir := o.dir
	o.dir, o.paths = nil, nil
	if dir == nil {
		return nil
	}
	return dir.Close()
}

// Exit closes and returns the exit code of the tests, or a failure where they
// passed and closing did not.
func (o *Once) Exit(code int) int {
	if err := o.Close(); err != nil {
		fmt.Fprintln(os.Stderr, errors.Join(errors.New("remove what was built"), err))
		return max(code, 1)
	}
	return code
}
