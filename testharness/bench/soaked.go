package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bench/soak"
)

// soaked is the last soak, and where its plot is, relative to the page.
type soaked struct {
	soak.Summary

	Plot string `json:"plot"`
}

// soakDir is where a soak is saved that belongs to a page.
func soakDir(out string) string {
	if out == "" {
		return filepath.Join("build", "bench")
	}
	return out
}

// lastSoak is what was saved last beside the page, nil if there is nothing. A page
// without a path is not beside anything.
func lastSoak(out string) (*soaked, error) {
	if out == "" {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	dir := soakDir(out)
	summary, err := soak.Load(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil //nolint:nilnil // there is none, and that is no error
	case err != nil:
		return nil, err
	}
	return &soaked{summary, filepath.ToSlash(filepath.Join(filepath.Base(dir), filepath.Base(soak.Plotted(dir))))}, nil
}

// soaked soaks, and says in stdout what came of it.
func (o options) soaked(ctx context.Context, stdout, stderr io.Writer) int {
	r, err := soak.Run(ctx, soak.Options{For: o.soak, Log: stderr})
	if r != nil {
		dir := soakDir(o.out)
		err = errors.Join(err, r.Save(dir))
		fmt.Fprintf(stdout, "%s\nThe plot is %s\n", r.Text(), soak.Plotted(dir))
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	return exitDone
}
