package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"
)

const lockHeader = `# The SHA-256 of each plugin that %s names, by platform. A plugin
# whose binary has another is not started. This file is written by 'operator pin';
# commit it together with %[1]s.
`

// bytes returns the lock file's text but for its header. It is the same for the
// same lock.
func (l *lock) bytes() ([]byte, error) {
	subjects := mapping()
	for _, name := range slices.Sorted(maps.Keys(l.subjects)) {
		entry := l.subjects[name]
		sums := mapping()
		for _, platform := range slices.Sorted(maps.Keys(entry.sums)) {
			set(sums, platform, scalar(entry.sums[platform]))
		}
		subject := mapping()
		set(subject, "plugin", scalar(entry.plugin))
		set(subject, "sha256", sums)
		set(subjects, name, subject)
	}
	doc := mapping()
	set(doc, "version", &yaml.Node{Kind: yaml.ScalarNode, Value: lockVersion})
	set(doc, "subjects", subjects)
	return yaml.Dump(doc, yaml.WithLineWidth(-1))
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

// scalar is a string; it is quoted where it could be taken for something else.
func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func set(m *yaml.Node, key string, v *yaml.Node) { m.Content = append(m.Content, scalar(key), v) }

// write replaces the lock file of a configuration file.
func (l *lock) write(config string) error {
	body, err := l.bytes()
	if err != nil {
		return fmt.Errorf("write %s: %w", l.file, err)
	}
	text := fmt.Appendf(nil, lockHeader, printable(filepath.Base(config), maxQuoted))
	text = append(text, body...)
	// What could not be read again is better not written.
	if len(text) > maxFileBytes {
		return fmt.Errorf("write %s: it would be larger than %d bytes", l.file, maxFileBytes)
	}
	if err := parseLock(l.file, text).problems(); err != nil {
		return fmt.Errorf("write %s: it could not be read again: %w", l.file, err)
	}
	err = replaceFile(l.file, 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", l.file, err)
	}
	return nil
}

// replaceFile has a file written so that there is always the old one or the new
// one, whole. Where path is a symbolic link, what it points to is replaced.
func replaceFile(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, lerr := os.Lstat(path); lerr == nil {
			return errors.New("it is a symbolic link to nothing: remove it, or create what it points to")
		}
		target, err = path, nil
	}
	if err != nil {
		return err
	}
	// In the same directory, as a file can only be renamed within its file system.
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(f.Name())))
		}
	}()
	err = errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
