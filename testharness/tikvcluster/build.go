package tikvcluster

import (
	"context"
	"errors"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/programs"
)

// The names of the programs, which are also the last elements of their packages.
const (
	pdCommand    = "pdsim"
	storeCommand = "tikvstore"
	pdPackage    = "github.com/operator-ratelimiter/operator-ratelimiter/testharness/" + pdCommand
	storePackage = pdPackage + "/" + storeCommand
)

// Programs are the paths of the simulation's programs.
type Programs struct {
	// PD is the path of pdsim, Store that of tikvstore.
	PD, Store string
}

// FindPrograms returns the paths of pdsim and tikvstore: of each the file beside
// this program's own, else the one in PATH.
func FindPrograms() (Programs, error) {
	pd, err := programs.Find(pdCommand)
	store, storeErr := programs.Find(storeCommand)
	return Programs{PD: pd, Store: store}, errors.Join(err, storeErr)
}

// BuildPrograms builds both into dir with the go command. It works where the go
// command works: in this module, as tests are.
func BuildPrograms(ctx context.Context, dir string) (Programs, error) {
	return both(programs.Make(ctx, dir, pdPackage, storePackage))
}

func both(paths []string, err error) (Programs, error) {
	if err != nil {
		return Programs{}, err
	}
	return Programs{PD: paths[0], Store: paths[1]}, nil
}

// Build builds the programs once, when they are first needed, for all tests of a
// package. The zero value is ready; it is safe for concurrent use. TestMain
// closes it:
//
//	var build tikvcluster.Build
//
//	func TestMain(m *testing.M) {
//		goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
//	}
type Build struct{ programs.Once }

// Programs returns what was built. A build that failed is tried again by the
// next call.
func (b *Build) Programs(ctx context.Context) (Programs, error) {
	return both(b.Paths(ctx, pdPackage, storePackage))
}
