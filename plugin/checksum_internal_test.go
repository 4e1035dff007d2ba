package plugin

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Between taking the checksum and starting the binary nobody may exchange it.
func TestBinaryIsUnchanged(t *testing.T) {
	t.Parallel()
	write := func(path, content string) error { return os.WriteFile(path, []byte(content), 0o600) }
	tests := map[string]struct {
		reason string
		change func(path string) error
		want   bool // unchanged
	}{
		"Nothing": {"It is as it was.", func(string) error { return nil }, true},
		"Replaced": {"Another file has its name.", func(path string) error {
			if err := write(path+"2", "abc"); err != nil {
				return err
			}
			return os.Rename(path+"2", path)
		}, false},
		"Written": {"Its content is another, of the same size.", func(path string) error {
			if err := tick(path); err != nil {
				return err
			}
			return write(path, "abd")
		}, false},
		"Disguised": {"Even if its time is set back.", func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := tick(path); err != nil {
				return err
			}
			if err := write(path, "abd"); err != nil {
				return err
			}
			return os.Chtimes(path, time.Time{}, info.ModTime())
		}, false},
		"Gone": {"It is gone.", os.Remove, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "binary")
			if err := write(path, "abc"); err != nil {
				t.Fatal(err)
			}
			b, err := openBinary("test", path)
			if err != nil {
				t.Fatal(err)
			}
			defer b.close()
			if err := tc.change(path); err != nil {
				t.Fatal(err)
			}
			if err = b.unchanged(); (err == nil) != tc.want || err != nil && protocol.CodeOf(err) != protocol.PermissionDenied {
				t.Errorf("%s: got %v", tc.reason, err)
			}
		})
	}
}

// tick waits until the file system, which counts time in ticks, gives a new file
// another time than that one's.
func tick(path string) error {
	old, err := os.Stat(path)
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if err := os.WriteFile(path+".tick", nil, 0o600); err != nil {
			return err
		}
		fresh, err := os.Stat(path + ".tick")
		if err != nil {
			return err
		}
		if err := os.Remove(path + ".tick"); err != nil {
			return err
		}
		if fresh.ModTime().After(old.ModTime()) {
			return nil
		}
	}
	return errors.New("the file system's clock stands still")
}
