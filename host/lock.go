package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// LockFile returns the path of the lock file that belongs to a configuration
// file: beside it, and named after it, as operator.lock.yaml after
// operator.yaml. It has the checksums of the plugins that the configuration
// names, and is meant to be committed together with it.
func LockFile(config string) string {
	dir, base := filepath.Split(config)
	ext := filepath.Ext(base)
	if ext == base { // .operator has a name and no extension
		ext = ""
	}
	return dir + strings.TrimSuffix(base, ext) + ".lock" + ext
}

// Platform returns what the binaries of this machine are for, as the lock file
// has it: "linux/amd64".
func Platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// lockVersion is the version of the lock file's format.
const lockVersion = "1"

// A lock is what a lock file says.
type lock struct {
	file     string
	missing  bool
	subjects map[string]locked
	// err is what is wrong with the file as a whole, in which case nothing in it
	// counts, and wrong what is wrong with a subject of it.
	err   error
	wrong map[string]error
	// foreign tells that err is no reason to write the file anew: what it holds
	// may be worth something to somebody.
	foreign bool
}

// locked is what a lock file has for one subject.
type locked struct {
	plugin       string            // the path as the configuration had it then
	sums         map[string]string // by platform
	line, column int               // of the path
}

// readLock reads a lock file. One that is not there is empty.
func readLock(file string) *lock {
	data, err := readLockFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &lock{file: file, missing: true, subjects: make(map[string]locked)}
	case err != nil:
		return &lock{file: file, err: err, foreign: true}
	}
	return parseLock(file, data)
}

func readLockFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would be waited for
		return nil, lockProblem(file, "is no regular file, as a lock file is")
	}
	f, err := os.Open(file) //nolint:gosec // it is beside the user's configuration
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	if len(data) > maxFileBytes {
		return nil, lockProblem(file, fmt.Sprintf("is larger than %d bytes, which no lock file is", maxFileBytes))
	}
	return data, nil
}

func lockProblem(file, message string) error {
	return &ConfigError{Problems: []Problem{{File: file, Message: message}}}
}

// apply gives the entries the checksums that the lock file has for them, and
// those that get none the reason.
func (c *Config) apply(l *lock) {
	for i := range c.Subjects {
		e := &c.Subjects[i]
		if e.origin == nil || e.origin.sum != nil {
			continue
		}
		sum, err := l.sum(*e)
		e.origin.unpinned, e.origin.unpinnable = err, l.foreign
		if err == nil && !e.Insecure {
			e.SHA256 = sum
		}
	}
}

// sum returns the checksum for an entry on this platform, else why there is
// none.
func (l *lock) sum(e Entry) (string, error) {
	switch {
	case l.missing:
		return "", fmt.Errorf("there is no %s", l.file)
	case l.err != nil:
		return "", fmt.Errorf("the lock file cannot be used: %w", l.err)
	case l.wrong[e.Name] != nil:
		return "", fmt.Errorf("the lock file cannot be used for it: %w", l.wrong[e.Name])
	}
	entry, ok := l.subjects[e.Name]
	if !ok {
		return "", fmt.Errorf("%s does not have it", l.file)
	}
	if entry.plugin != e.origin.plugin {
		return "", fmt.Errorf("its path has changed since it was pinned: %s:%d:%d has %s, and %s has %s",
			l.file, entry.line, entry.column, quote(entry.plugin), e.origin.file, quote(e.origin.plugin))
	}
	sum, ok := entry.sums[Platform()]
	if !ok {
		return "", fmt.Errorf("%s has it for %s only, and this is %s",
			l.file, strings.Join(slices.Sorted(maps.Keys(entry.sums)), ", "), Platform())
	}
	return sum, nil
}

// pinnable returns why the lock file cannot be written, nil if it can: also
// where something is wrong with it that writing it puts right.
func (l *lock) pinnable() error {
	if l.err == nil || !l.foreign {
		return nil
	}
	return protocol.Errorf(protocol.FailedPrecondition, "pin: the lock file is not written over: %w", l.err)
}
