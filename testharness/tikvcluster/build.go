package tikvcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
)

// The names of the programs, which are also the last elements of their packages.
const (
	pdCommand    = "pdsim"
	storeCommand = "tikvstore"
	pdPackage    = "github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim"
	storePackage = pdPackage + "/tikvstore"
)

// Programs are the paths of the simulation's programs.
type Programs struct {
	// PD is the path of pdsim, Store that of tikvstore.
	PD, Store string
}

// FindPrograms returns the paths of pdsim and tikvstore: of each the file beside
// this program's own, else the one in PATH.
func FindPrograms() (Programs, error) {
	pd, err := find(pdCommand)
	store, storeErr := find(storeCommand)
	return Programs{PD: pd, Store: store}, errors.Join(err, storeErr)
}

func find(command string) (string, error) {
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

// BuildPrograms builds both into dir with the go command. It works where the go
// command works: in this module, as tests are.
func BuildPrograms(ctx context.Context, dir string) (Programs, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), pdPackage, storePackage)
	var output bytes.Buffer
	build.Stdout, build.Stderr = &output, &output
	if err := build.Run(); err != nil {
		return Programs{}, fmt.Errorf("go build the TiKV simulation: %w: %s", err, failure.Line(output.String()))
	}
	pd, err := exec.LookPath(filepath.Join(dir, pdCommand))
	store, storeErr := exec.LookPath(filepath.Join(dir, storeCommand))
	return Programs{PD: pd, Store: store}, errors.Join(err, storeErr)
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
type Build struct {
	mu    sync.Mutex
	dir   *scratch.Dir
	built Programs
}

// Programs returns what was built. A build that failed is tried again by the
// next call.
func (b *Build) Programs(ctx context.Context) (Programs, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.built != (Programs{}) {
		return b.built, nil
	}
	if b.dir == nil {
		dir, err := scratch.New(ctx, "tikv-build-")
		if err != nil {
			return Programs{}, err
		}
		b.dir = dir
	}
	built, err := BuildPrograms(ctx, b.dir.Path())
	if err != nil {
		return Programs{}, err
	}
	b.built = built
	return built, nil
}

// Close removes what was built.
func (b *Build) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	dir := b.dir
	b.dir, b.built = nil, Programs{}
	if dir == nil {
		return nil
	}
	return dir.Close()
}

// Exit closes and returns the exit code of the tests, or a failure where they
// passed and closing did not.
func (b *Build) Exit(code int) int {
	if err := b.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}
