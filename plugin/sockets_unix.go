//go:build unix

package plugin

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// errLocked is that somebody else has the lock.
var errLocked = errors.New("somebody else has the lock")

// newLock makes a lock and holds it until it is closed, or this process ends.
func newLock(path string) (*os.File, error) {
	return lockFile(path, os.O_CREATE|os.O_EXCL)
}

// takeLock takes a lock that somebody has made.
func takeLock(path string) (*os.File, error) { return lockFile(path, 0) }

func lockFile(path string, flags int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|flags, 0o600) //nolint:gosec // made of names of ours
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errLocked
		}
		_ = f.Close()
		return nil, err
	}
	// Between making and holding it somebody may have held and removed it.
	held, err := f.Stat()
	if err == nil {
		var there fs.FileInfo
		if there, err = os.Lstat(path); err == nil && os.SameFile(held, there) {
			return f, nil
		}
	}
	_ = f.Close()
	return nil, errLocked
}

// isOurs reports whether a file is this user's.
func isOurs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
