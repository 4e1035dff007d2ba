//go:build unix

package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSweepSockets(t *testing.T) {
	tests := map[string]struct {
		reason string
		name   string
		make   func(path string) error
		swept  bool
	}{
		"Dead": {"What a dead host has left.", "operator-abcde2", leave, true},
		"Living": {"What somebody holds.", "operator-abcde2", func(path string) error {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			lock, err := newLock(filepath.Join(path, lockName))
			if err == nil {
				t.Cleanup(func() { _ = lock.Close() })
			}
			return err
		}, false},
		"Foreign":  {"A name that is not ours.", "operator-abcde1", leave, false},
		"Longer":   {"Nor is this.", "operator-abcde22", leave, false},
		"GoPlugin": {"Nor are those of other hosts of go-plugin.", "plugin-dir123456", leave, false},
		"Open": {"One that others may enter is not ours.", "operator-abcde2", func(path string) error {
			return errors.Join(leave(path), os.Chmod(path, 0o755))
		}, false},
		"Link": {"A link is not followed.", "operator-abcde2", func(path string) error {
			return errors.Join(leave(path+"-target"), os.Symlink(path+"-target", path))
		}, false},
		"File":  {"A file is no directory.", "operator-abcde2", func(path string) error { return os.WriteFile(path, nil, 0o600) }, false},
		"Young": {"One whose host may be about to lock it.", "operator-abcde2", func(path string) error { return os.Mkdir(path, 0o700) }, false},
		"Unlocked": {"One whose host died before it could.", "operator-abcde2", func(path string) error {
			old := time.Now().Add(-2 * unlockedGrace)
			return errors.Join(os.Mkdir(path, 0o700), os.Chtimes(path, old, old))
		}, true},
		"LinkedLock": {"A lock that is a link is none.", "operator-abcde2", func(path string) error {
			return errors.Join(os.Mkdir(path, 0o700), os.Symlink("/dev/null", filepath.Join(path, lockName)))
		}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(os.TempDir(), "sweep") // t.TempDir() is too long for a socket
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			t.Setenv("TMPDIR", dir)
			path := filepath.Join(dir, tc.name)
			if err := tc.make(path); err != nil {
				t.Fatal(err)
			}
			sweepSockets()
			if _, err := os.Lstat(path); os.IsNotExist(err) != tc.swept {
				t.Errorf("%s: swept %t: %v", tc.reason, !tc.swept, err)
			}
			if _, err := os.Stat(path + "-target"); name == "Link" && err != nil {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

// leave makes what a host that was killed leaves.
func leave(path string) error {
	return errors.Join(
		os.MkdirAll(filepath.Join(path, "plugin-dir1"), 0o700),
		os.WriteFile(filepath.Join(path, lockName), nil, 0o600),
		os.WriteFile(filepath.Join(path, "plugin-dir1", "plugin1"), nil, 0o600),
	)
}

func TestSocketsDir(t *testing.T) {
	d, err := newSocketsDir()
	if err != nil {
		t.Fatal(err)
	}
	sweepSockets()
	info, err := os.Stat(d.path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v, %v", info, err)
	}
	d.remove()
	if _, err := os.Stat(d.path); !os.IsNotExist(err) {
		t.Errorf("after it was removed: %v", err)
	}
}

func TestTakeLifeline(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for name, value := range map[string]string{
		"Empty": "", "NoNumber": "x", "StandardInput": "0", "Closed": "999", "Negative": "-1", "NoPipe": "3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(lifelineVariable, value)
			if life := takeLifeline(); life != nil {
				t.Errorf("%q was taken for a lifeline", value)
			}
			if _, ok := os.LookupEnv(lifelineVariable); ok {
				t.Error("it is handed on")
			}
		})
	}
}
