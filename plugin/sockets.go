package plugin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
)

// A plugin's socket is in a directory of go-plugin's, which is in one of ours:
//
//	<temporary directory>/operator-<six characters>/lock
//	<temporary directory>/operator-<six characters>/plugin-dir<number>/plugin<number>
//
// The host holds a lock on the file for as long as it lives. A host that was
// killed, and its plugin with it, leaves the directory; the lock tells others
// that it may be removed.
const (
	socketsPrefix = "operator-"
	lockName      = "lock"
)

// socketsName is the name of a directory that is ours.
var socketsName = regexp.MustCompile(`^` + socketsPrefix + `[a-z2-7]{6}$`)

// A socketsDir is the directory of one plugin.
type socketsDir struct {
	path string   // "" where go-plugin's default is used
	lock *os.File // held
}

// newSocketsDir makes a directory that only this user can enter.
func newSocketsDir() (*socketsDir, error) {
	if !unixSockets {
		return &socketsDir{}, nil
	}
	for range 100 {
		path := filepath.Join(socketRoot(), socketsPrefix+strings.ToLower(rand.Text()[:6]))
		err := os.Mkdir(path, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("make a directory for the plugin's socket: %w", err)
		}
		lock, err := newLock(filepath.Join(path, lockName))
		if err == nil {
			return &socketsDir{path: path, lock: lock}, nil
		}
		_ = os.RemoveAll(path)
		if !errors.Is(err, errLocked) { // by somebody who takes it for one that was left
			return nil, fmt.Errorf("lock the directory for the plugin's socket: %w", err)
		}
	}
	return nil, fmt.Errorf("make a directory for the plugin's socket in %s: too many names are taken", socketRoot())
}

// remove removes the directory.
func (d *socketsDir) remove() {
	if d.path != "" {
		_ = os.RemoveAll(d.path) // what cannot be removed by us can be by nobody
		_ = d.lock.Close()
	}
}

// The bounds of one sweep: how many names of the temporary directory are looked
// at, and how many directories are removed.
const (
	maxSweptNames = 4096
	maxSwept      = 64
)

// unlockedGrace is how old a directory without a lock has to be: its host may
// be about to make one.
const unlockedGrace = time.Minute

// sweepSockets removes the directories of hosts of this user that are dead. It
// does what it can.
func sweepSockets() {
	if !unixSockets {
		return
	}
	root, err := os.Open(socketRoot())
	if err != nil {
		return
	}
	names, _ := root.Readdirnames(maxSweptNames) // as many as there were
	_ = root.Close()                             // it was read only
	swept := 0
	for _, name := range names {
		if socketsName.MatchString(name) && swept < maxSwept && sweep(filepath.Join(root.Name(), name)) {
			swept++
		}
	}
}

// sweep removes one directory if it is ours and nobody holds it.
func sweep(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 || !isOurs(info) {
		return false
	}
	lock, err := takeLock(filepath.Join(path, lockName))
	switch {
	case err == nil:
		defer func() { _ = lock.Close() }()
	case !errors.Is(err, fs.ErrNotExist) || time.Since(info.ModTime()) < unlockedGrace:
		return false
	}
	return os.RemoveAll(path) == nil
}

// removeSockets removes, in a plugin whose host is gone, what the host would
// have removed: the directory of the socket, by now empty, and what is around
// it if that is ours.
func removeSockets() {
	dir := os.Getenv(goplugin.EnvUnixSocketDir)
	if dir == "" {
		return
	}
	_ = os.Remove(dir) //nolint:gosec // the host has named it; one with anything in it is refused
	if parent := filepath.Dir(filepath.Clean(dir)); socketsName.MatchString(filepath.Base(parent)) {
		_ = os.Remove(filepath.Join(parent, lockName)) //nolint:gosec // of a name that is ours
		_ = os.Remove(parent)                          //nolint:gosec // as above
	}
}

// maxSocketPath is the longest path of a unix socket, on the system with the
// least room (macOS and the BSDs; Linux has four bytes more).
const maxSocketPath = 103

// socketRoot is where the directories are made: where temporary files are, if
// the names that we and go-plugin give fit after it.
func socketRoot() string {
	if len(os.TempDir())+len("/operator-abcdef/plugin-dir4294967295/plugin4294967295") > maxSocketPath {
		return "/tmp"
	}
	return os.TempDir()
}
