package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// The bounds of one run's evidence. What does not fit is left out, and the
// folder says so.
const (
	maxEvidenceBytes     = 256 << 20
	maxEvidenceFileBytes = 64 << 20
)

// A folder is where the evidence of one run is kept. It is made when there is
// something to keep. It is safe for concurrent use.
type folder struct {
	path string

	mu      sync.Mutex
	made    bool
	room    int64
	omitted []string
}

func newFolder(dir, name string) *folder {
	path := filepath.Join(dir, name)
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return &folder{path: path, room: maxEvidenceBytes}
}

// make makes the folder, in place of that of an earlier run of the same name.
func (f *folder) make() error {
	if f.made {
		return nil
	}
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	if err := os.MkdirAll(f.path, 0o750); err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	f.made = true
	return nil
}

// write keeps a file, name being its path within the folder.
func (f *folder) write(name string, data []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.make(); err != nil {
		return err
	}
	if len(data) > maxEvidenceFileBytes {
		f.omitted = append(f.omitted, fmt.Sprintf("%s: the first %d of %d bytes are kept", name, maxEvidenceFileBytes, len(data)))
		data = data[:maxEvidenceFileBytes]
	}
	if int64(len(data)) > f.room {
		f.omitted = append(f.omitted, fmt.Sprintf("%s: %d bytes, for which there was no room", name, len(data)))
		return nil
	}
	path := filepath.Join(f.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	f.room -= int64(len(data))
	return nil
}

// sub makes a folder within the folder, for somebody else to write into; done
// then takes its size into account, and removes files for which there is no room.
func (f *folder) sub(name string) (path string, done func() error, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.make(); err != nil {
		return "", nil, err
	}
	path = filepath.Join(f.path, name)
	if err := os.MkdirAll(path, 0o750); err != nil {
		return "", nil, fmt.Errorf("keep evidence: %w", err)
	}
	return path, func() error { return f.account(path) }, nil
}

func (f *folder) account(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if f.room -= info.Size(); f.room >= 0 {
			return nil
		}
		f.room += info.Size()
		name, _ := filepath.Rel(f.path, path) // it is in there
		f.omitted = append(f.omitted, fmt.Sprintf("%s: %d bytes, for which there was no room", name, info.Size()))
		return os.Remove(path) //nolint:gosec // a folder of ours, that nobody else writes into any more
	})
}

// remove takes the folder away, if it was made.
func (f *folder) remove() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.made {
		return nil
	}
	f.made = false
	err := os.RemoveAll(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
