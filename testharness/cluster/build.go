package cluster

import (
	"context"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/programs"
)

// command is the node's file name, nodePackage where it is built from.
const (
	command     = "ratelimiterd"
	nodePackage = "github.com/operator-ratelimiter/operator-ratelimiter/testharness/" + command
)

// FindNode returns the path of ratelimiterd: the file beside this program's own,
// else the one in PATH.
func FindNode() (string, error) { return programs.Find(command) }

// BuildNode builds ratelimiterd into dir with the go command and returns its
// path. It works where the go command works: in this module, as tests are.
func BuildNode(ctx context.Context, dir string) (string, error) {
	paths, err := programs.Make(ctx, dir, nodePackage)
	if err != nil {
		return "", err
	}
	return paths[0], nil
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
type Build struct{ programs.Once }

// Node returns the path of the built ratelimiterd. A build that failed is tried
// again by the next call.
func (b *Build) Node(ctx context.Context) (string, error) {
	paths, err := b.Paths(ctx, nodePackage)
	if err != nil {
		return "", err
	}
	return paths[0], nil
}
