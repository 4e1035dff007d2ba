//go:build unix

package examples_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// oddName is a file name that is no UTF-8 and no line, and oddText what the
// plugin calls it.
const (
	oddName = "50%\xff\n\x1b[31m job"
	oddText = "50%25%FF\n\x1b[31m job"
)

// noPID is of no process on Linux or macOS, which stop before it.
const noPID = 4194304

// A spool is a directory that the plugin looks after.
type spool string

// newSpool makes a spool with files that wait, one of them for long, and one
// that has failed.
func newSpool(t *testing.T) spool {
	t.Helper()
	s := spool(t.TempDir())
	for _, dir := range []string{"incoming", "failed"} {
		if err := os.Mkdir(filepath.Join(string(s), dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	err := errors.Join(
		s.write("incoming/one"), s.write("incoming/two"), s.write("incoming/.hidden"), s.write("incoming/old"),
		os.Chtimes(filepath.Join(string(s), "incoming/old"), old, old),
		s.write("failed/other"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s spool) write(name string) error {
	return os.WriteFile(filepath.Join(string(s), name), []byte("work"), 0o600)
}

// config is a configuration for it.
func (s spool) config() json.RawMessage {
	raw, err := json.Marshal(map[string]any{
		"directory": string(s), "max_files": 2, "max_age_s": 60, "lock_max_age_s": 60, "max_listed": 50, "timeout_s": 5,
	})
	if err != nil {
		panic(err) // it is made of strings and numbers
	}
	return raw
}

// fail puts a file with an odd name among those that failed.
func (s spool) fail(context.Context) error {
	if err := os.Remove(filepath.Join(string(s), "incoming", oddName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.write("failed/" + oddName)
}

// lock leaves the lock of a process that is gone.
func (s spool) lock(context.Context) error {
	return os.WriteFile(filepath.Join(string(s), "lock"), []byte("4194304\n"), 0o600)
}

// list is what the spool holds, in a fixed order.
func (s spool) list(context.Context) (string, error) {
	var paths []string
	err := filepath.WalkDir(string(s), func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	slices.Sort(paths)
	return strings.Join(paths, "\x00"), err
}
