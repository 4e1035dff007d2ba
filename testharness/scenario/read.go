package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Read reads the scenarios of files, and of folders with all that is below
// them: every file there that ends in .yaml or .yml. They come in the order of
// their paths. Whatever is wrong with any of them is one [*Error]; two of one
// name are wrong, too.
func Read(systems []stack.System, paths ...string) ([]Scenario, error) {
	var files []string
	for _, path := range paths {
		found, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	var b batch
	for i, file := range files {
		if slices.Contains(files[:i], file) {
			continue
		}
		data, err := os.ReadFile(file) //nolint:gosec // the caller's own choice
		if err != nil {
			return nil, fmt.Errorf("read the scenario: %w", err)
		}
		b.add(file, data, systems)
	}
	for i := range b.scenarios {
		b.scenarios[i].File = b.files[b.scenarios[i].Name]
	}
	return b.done()
}

// ReadFS reads all scenarios of a file system, as [Read] does those of a folder.
func ReadFS(systems []stack.System, fsys fs.FS) ([]Scenario, error) {
	var b batch
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isScenario(path) {
			return err
		}
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		b.add(path, data, systems)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the scenarios: %w", err)
	}
	return b.done()
}

// filesOf are the files that a path stands for.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the scenarios: %w", err)
	}
	if !info.IsDir() {
		return []string{filepath.Clean(path)}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isScenario(path) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the scenarios: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("read the scenarios: there is no .yaml file in %s", path)
	}
	return files, nil
}

func isScenario(path string) bool {
	return strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")
}

// A batch is scenarios that are read together.
type batch struct {
	scenarios []Scenario
	problems  []Problem
	files     map[string]string // by the scenario's name
}

func (b *batch) add(file string, data []byte, systems []stack.System) {
	sc, err := Parse(file, data, systems)
	if e, ok := errors.AsType[*Error](err); ok {
		b.problems = append(b.problems, e.Problems...)
		return
	}
	if b.files == nil {
		b.files = make(map[string]string)
	}
	if first, twice := b.files[sc.Name]; twice {
		b.problems = append(b.problems, Problem{
			File: file, Path: "scenario", Message: fmt.Sprintf("there is a scenario %s already, in %s: want another name", sc.Name, first),
		})
		return
	}
	b.files[sc.Name] = file
	b.scenarios = append(b.scenarios, sc)
}

func (b *batch) done() ([]Scenario, error) {
	if len(b.problems) > 0 {
		return nil, &Error{Problems: b.problems}
	}
	return b.scenarios, nil
}
