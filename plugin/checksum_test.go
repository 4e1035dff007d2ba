//go:build unix

package plugin_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestSHA256(t *testing.T) {
	right, err := plugin.Checksum(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Repeat("0f", 32)
	tests := map[string]struct {
		reason string
		sum    string
		code   protocol.Code // "" if it starts
		want   []string
	}{
		"Right":   {"The binary that is expected.", right, "", nil},
		"Upper":   {"However the digits are written.", strings.ToUpper(right), "", nil},
		"Wrong":   {"Another is not started, and both sums are told.", wrong, protocol.PermissionDenied, []string{right, wrong, os.Args[0], "operator pin"}},
		"Short":   {"Half a checksum is none.", right[:32], protocol.InvalidArgument, []string{"sha256: must have 64 hexadecimal digits"}},
		"NotHex":  {"Nor are other letters.", strings.Repeat("xy", 32), protocol.InvalidArgument, []string{"sha256: must have 64"}},
		"Hostile": {"What is wrong is told safely.", "\x1b[2J" + strings.Repeat("z", 1000), protocol.InvalidArgument, []string{`\x1b[2Jzz`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			nothingLeft(t)
			opts := pluginOptions()
			opts.SHA256 = tc.sum
			p, err := plugin.Launch(within(t, patience), opts)
			if err == nil {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
			compare(t, tc.reason, tc.code, protocol.CodeOf(err))
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q is not in %v", tc.reason, want, err)
				}
			}
		})
	}
}

// The checksum is taken for every start: a binary that was good may not be so
// any more.
func TestSHA256IsTakenAnew(t *testing.T) {
	nothingLeft(t)
	opts := pluginOptions()
	opts.Path = filepath.Join(t.TempDir(), "plugin")
	content, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(opts.Path, content, 0o700)
	}
	if err == nil {
		opts.SHA256, err = plugin.Checksum(opts.Path)
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := plugin.Launch(within(t, patience), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(opts.Path, append(content, '\n'), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = plugin.Launch(within(t, patience), opts)
	compare(t, "code", protocol.PermissionDenied, protocol.CodeOf(err))
}

func TestChecksum(t *testing.T) {
	dir := t.TempDir()
	file, pipe, secret := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "data")
	if err := errors.Join(
		os.WriteFile(file, []byte("abc"), 0o700),
		os.WriteFile(secret, []byte("abc"), 0o600),
		syscall.Mkfifo(pipe, 0o700),
	); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	abc := sha256.Sum256([]byte("abc"))
	tests := map[string]struct {
		reason   string
		path     string
		resolved string
		sum      string
		code     protocol.Code
	}{
		"Path":          {"A file by its path.", file, file, hex.EncodeToString(abc[:]), ""},
		"Name":          {"One that PATH has.", "file", file, hex.EncodeToString(abc[:]), ""},
		"None":          {"No path.", "", "", "", protocol.InvalidArgument},
		"Missing":       {"No file.", filepath.Join(dir, "x"), "", "", protocol.NotFound},
		"NotExecutable": {"A file that cannot be started.", secret, "", "", protocol.PermissionDenied},
		"Pipe":          {"A pipe is not waited for.", pipe, pipe, "", protocol.InvalidArgument},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			sum, err := plugin.Checksum(tc.path)
			compare(t, tc.reason, tc.code, protocol.CodeOf(err))
			compare(t, tc.reason, tc.sum, sum)
			resolved, _ := plugin.Resolve(tc.path)
			compare(t, tc.reason, tc.resolved, resolved)
		})
	}
}
