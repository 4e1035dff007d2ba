//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestLaunchFailures(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	script := filepath.Join(dir, "script")
	if err := errors.Join(
		os.WriteFile(file, []byte("#!/bin/sh\n"), 0o600),
		os.WriteFile(script, []byte("neither a script nor a binary"), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	tests := map[string]struct {
		reason string
		path   string // this test binary if empty
		mode   string
		start  time.Duration
		code   protocol.Code
		want   []string // in the error's text
	}{
		"NoPath":        {"A host whose configuration has no path.", "none", "", 0, protocol.InvalidArgument, []string{"no path to a binary"}},
		"Missing":       {"A binary that is not built.", filepath.Join(dir, "missing"), "", 0, protocol.NotFound, []string{"missing: no such file", "build or install"}},
		"NotInPath":     {"A name that PATH does not have.", "surely-no-such-plugin", "", 0, protocol.NotFound, []string{"not found in $PATH", "build or install"}},
		"NotExecutable": {"A file without the permission.", file, "", 0, protocol.PermissionDenied, []string{"permission denied", "chmod +x"}},
		"Directory":     {"A directory.", dir, "", 0, protocol.InvalidArgument, []string{"is a directory"}},
		"NotABinary":    {"A file that the system cannot run.", script, "", 0, protocol.Unavailable, []string{"script: exec format error; is it a subject plugin"}},
		"Exits":         {"What a process says before it ends is why it ended.", "", "exits", 0, protocol.Unavailable, []string{"ended (exit status 3)", `first words; cannot read \x1b[31mfake.conf`}},
		"Panics":        {"Of a crash the first words tell most.", "", "panics", 0, protocol.Unavailable, []string{"exit status 2", "panic: not today"}},
		"Invalid":       {"A definition that is none is found by the plugin itself.", "", "invalid", 0, protocol.Unavailable, []string{"exit status 1", "dire", "critical, warning, info"}},
		"NotAPlugin":    {"A program that is something else.", "/bin/true", "", 0, protocol.Unavailable, []string{"ended (exit status 0)", "is it a subject plugin"}},
		"Junk":          {"A program that prints something else, and stays.", "", "junk", 0, protocol.Unavailable, []string{`Welcome to \x1b[31mfake\x00, version 1`}},
		"Prompt":        {"One that waits for an answer in the middle of a line.", "", "prompt", time.Second, protocol.DeadlineExceeded, []string{"not ready", `begin with a handshake but with "Password:"`}},
		"Binary":        {"Bytes that are no text.", "", "binary", 0, protocol.Unavailable, []string{"ended (exit status 5)", `with "\x7fELF`, `\x1b]0;owned`}},
		"Endless":       {"A line without an end.", "", "endless", 0, protocol.Unavailable, []string{`begin with a handshake but with "yyyy`}},
		"Version":       {"A plugin of another version of the protocol.", "", "version", 0, protocol.Unavailable, []string{"version: 2"}},
		"Leaves":        {"One that is gone before it was connected to.", "", "leaves", 0, protocol.Unavailable, []string{"start plugin"}},
		"Nobody":        {"One that does not listen where it says.", "", "nobody", 0, protocol.Unavailable, []string{"start plugin"}},
		"DiesDeaf":      {"One that is gone before it has answered.", "", "dies_deaf", 0, protocol.Unavailable, []string{"ended (exit status 4)"}},
		"Elsewhere":     {"A socket that is somebody else's is not connected to.", "", "elsewhere", 0, protocol.Unavailable, []string{"it listens at unix", "must listen at a unix socket in the directory"}},
		"TCP":           {"Nor is a port.", "", "tcp", 0, protocol.Unavailable, []string{`it listens at tcp "127.0.0.1:1"`}},
		"Link":          {"Nor is a way to somebody else's socket.", "", "link", 0, protocol.Unavailable, []string{"where there is no socket"}},
		"NoMTLS":        {"A plugin that cannot do mutual TLS is not spoken to without.", "", "no_mtls", 0, protocol.Unavailable, []string{"does not offer mutual TLS", "mtls: false"}},
		"Silent":        {"One that never says that it is ready.", "", "silent", time.Second, protocol.DeadlineExceeded, []string{"not ready", "1s"}},
		"Deaf":          {"One that never answers.", "", "deaf", time.Second, protocol.DeadlineExceeded, []string{"not ready", "1s"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			nothingLeft(t)
			opts := pluginOptions()
			opts.Env = []string{modeVariable + "=" + tc.mode, "ELSEWHERE=" + listener.Addr().String()}
			opts.DisableMTLS = tc.mode != "no_mtls" // which those that only pretend do not offer
			opts.Logger = hostLogger(t)
			switch tc.path {
			case "":
			case "none":
				opts.Path = ""
			default:
				opts.Path = tc.path
			}
			if tc.start != 0 {
				opts.StartTimeout = tc.start
			}
			start := time.Now()
			p, err := plugin.Launch(t.Context(), opts)
			if err == nil {
				_ = p.Close()
				t.Fatalf("%s: no error", tc.reason)
			}
			t.Log(err)
			if took := time.Since(start); took > patience/2 {
				t.Errorf("%s: took %s", tc.reason, took)
			}
			if got := protocol.CodeOf(err); got != tc.code {
				t.Errorf("%s: got code %s, want %s", tc.reason, got, tc.code)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q is not in the error", tc.reason, want)
				}
			}
			if i := strings.IndexFunc(err.Error(), unicode.IsControl); i >= 0 || len(err.Error()) > 2000 {
				t.Errorf("%s: the error is too long, or not one plain line", tc.reason)
			}
			if errors.Is(err, context.DeadlineExceeded) != (tc.code == protocol.DeadlineExceeded) {
				t.Errorf("%s: errors.Is(context.DeadlineExceeded) is wrong", tc.reason)
			}
		})
	}
}

func TestLaunchCanceled(t *testing.T) {
	t.Run("Before", func(t *testing.T) {
		nothingLeft(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		opts := pluginOptions()
		opts.Env = []string{modeVariable + "=silent"}
		start := time.Now()
		_, err := plugin.Launch(ctx, opts)
		compare(t, "code", protocol.Canceled, protocol.CodeOf(err))
		if took := time.Since(start); took > patience/2 {
			t.Errorf("took %s", took)
		}
	})
	for _, mode := range []string{"silent", "deaf", "plugin"} {
		t.Run(mode, func(t *testing.T) {
			// Whenever it comes, there is nothing left.
			for delay := time.Duration(0); delay < 64*time.Millisecond; delay = delay*2 + time.Millisecond {
				nothingLeft(t)
				ctx, cancel := context.WithCancel(t.Context())
				opts := pluginOptions()
				opts.Env = []string{modeVariable + "=" + mode}
				opts.DisableMTLS = mode == "deaf"
				timer := time.AfterFunc(delay, cancel)
				p, err := plugin.Launch(ctx, opts)
				timer.Stop()
				cancel()
				if err == nil {
					if err := p.Close(); err != nil {
						t.Error(err)
					}
					continue
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("canceled after %s: got %v", delay, err)
				}
			}
		})
	}
}

func TestLaunchDeadline(t *testing.T) {
	nothingLeft(t)
	ctx := within(t, 300*time.Millisecond)
	opts := pluginOptions()
	opts.Env = []string{modeVariable + "=silent"}
	_, err := plugin.Launch(ctx, opts)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// The directory of a socket has to be short; that of temporary files may be
// anything.
func TestLongTemporaryDirectory(t *testing.T) {
	nothingLeft(t)
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	p, err := plugin.Launch(t.Context(), pluginOptions())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestOptionsLookUpPath(t *testing.T) {
	nothingLeft(t)
	dir := t.TempDir()
	if err := os.Symlink(os.Args[0], filepath.Join(dir, "a-plugin-in-path")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	opts := pluginOptions()
	opts.Path = "a-plugin-in-path"
	p, err := plugin.Launch(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
