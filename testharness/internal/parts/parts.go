// Package parts is what all clusters of the harness have in common: they are made
// of parts, each a process on an address of its own, with one directory for the
// data of all.
package parts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

// Part is one part of a cluster.
type Part interface {
	Name() string
	State() process.State
	Log() string
}

// Start is [servers.Start] in an environment with only what the system needs:
// that of a developer may contain settings of the part.
func Start(ctx context.Context, spec func(address string) process.Spec) (p *process.Process, address string, err error) {
	return servers.Start(ctx, func(address string) process.Spec {
		s := spec(address)
		s.Env = environment()
		return s
	})
}

func environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH")}
	for _, name := range []string{"HOME", "TMPDIR", "SYSTEMROOT", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// AtOnce calls f with all items at the same time, and returns what went wrong, in
// their order. So parts start faster, and none that ends has to notice the end
// of another.
func AtOnce[T any](items []T, f func(i int, item T) error) []error {
	results := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { results[i] = f(i, item) })
	}
	all.Wait()
	return results
}

// WriteLogs writes the end of each part's output to dir/NAME.log, at most
// [process.MaxLog] bytes each.
func WriteLogs[P Part](dir string, all []P) error {
	var wrong []error
	for _, p := range all {
		if err := os.WriteFile(filepath.Join(dir, p.Name()+".log"), []byte(p.Log()), 0o600); err != nil {
			wrong = append(wrong, fmt.Errorf("write the log of %s: %w", p.Name(), err))
		}
	}
	return errors.Join(wrong...)
}
