package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// profiled profiles observations: where they allocate, every allocation counted,
// and where they compute. It writes the profiles and the test's binary into a
// directory, and the largest of each to stdout.
//
// The benchmark asks each source by itself too, and its cluster makes checks
// before; both are left out of what is shown.
func (o options) profiled(ctx context.Context, stdout, stderr io.Writer) int {
	dir, err := filepath.Abs(o.profile)
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	for _, p := range profiles(dir) {
		if err == nil {
			err = o.goes(ctx, stderr, stderr, p.test...)
		}
		for _, show := range p.shows {
			if err == nil {
				fmt.Fprintf(stdout, "\n%s\n\n", p.what)
				err = o.goes(ctx, stdout, stderr, slices.Concat([]string{"tool", "pprof"}, show, []string{p.path})...)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	return exitDone
}

// profile is one that go test makes, and how it is shown.
type profile struct {
	what, path string
	test       []string
	shows      [][]string
}

func profiles(dir string) []profile {
	const pkg = "./subject/ratelimiter"
	test := func(times, kind, path string, more ...string) []string {
		return slices.Concat([]string{
			"test", "-run", "^$", "-bench", "^BenchmarkObserve$/^here$", "-benchtime", times, kind, path,
			"-o", filepath.Join(dir, "observe.test"),
		}, more, []string{pkg})
	}
	top := func(more ...string) []string {
		return append([]string{"-top", "-nodecount=15", `-ignore=ratelimiter\.alone\.|testharness/|testing\.\(\*B\)\.run1`}, more...)
	}
	memory, cpu := filepath.Join(dir, "observe.mem"), filepath.Join(dir, "observe.cpu")
	return []profile{
		{
			what: "Allocations of 500 observations: by number, and by bytes", path: memory,
			test:  test("500x", "-memprofile", memory, "-memprofilerate", "1"),
			shows: [][]string{top("-sample_index=alloc_objects"), top("-sample_index=alloc_space")},
		},
		{
			what: "CPU of 1000 observations", path: cpu,
			test:  test("1000x", "-cpuprofile", cpu),
			shows: [][]string{top()},
		},
	}
}

// goes runs the go command.
func (o options) goes(ctx context.Context, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are this program's own
	cmd.Stdout, cmd.Stderr = stdout, stderr
	asGroup(cmd)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}
