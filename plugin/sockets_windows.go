package plugin

import (
	"errors"
	"io/fs"
	"os"
)

// errLocked is that somebody else has the lock.
var errLocked = errors.New("somebody else has the lock")

func newLock(string) (*os.File, error)  { return nil, errors.ErrUnsupported }
func takeLock(string) (*os.File, error) { return nil, errors.ErrUnsupported }
func isOurs(fs.FileInfo) bool           { return false }
