package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// TestMain makes the test binary a plugin when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve-fake" {
		if err := plugin.Serve(hosttest.Definition()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// session is a configured fake subject, and a command line to use it with.
type session struct {
	config   string
	log      string
	streams  Streams
	out, err bytes.Buffer
}

func newSession(t *testing.T, script hosttest.Script) *session {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s := &session{config: filepath.Join(dir, "operator.yaml"), log: filepath.Join(dir, "log")}
	script.Log = s.log
	path := filepath.Join(dir, "script.json")
	text := fmt.Sprintf("subjects:\n  sub:\n    plugin: %s\n    args: [serve-fake]\n    timeout: 30s\n    config: {script: %s}\n", self, path)
	if err := errors.Join(script.Write(path), os.WriteFile(s.config, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	pinAll(t, s.config)
	s.streams = Streams{
		In: strings.NewReader(""), Out: &s.out, Err: &s.err, Zone: time.UTC,
		LookupEnv: func(string) (string, bool) { return "", false },
	}
	return s
}

// pinAll writes the lock file for a configuration file.
func pinAll(t *testing.T, config string) {
	t.Helper()
	c, err := host.ReadConfig(config, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	pins, err := c.Pin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(pins.Err(), pins.Write()); err != nil {
		t.Fatal(err)
	}
}

// run runs a command and returns its exit code.
func (s *session) run(ctx context.Context, args ...string) int {
	s.out.Reset()
	s.err.Reset()
	a := &app{streams: s.streams, completeWithin: 30 * time.Second}
	return Execute(ctx, newRoot(a, "test"), append([]string{"--config", s.config}, args...))
}

func (s *session) done(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func TestApproval(t *testing.T) {
	cases := map[string]struct {
		reason, answer string
		want           int
		done           bool
	}{
		"yes": {"the one answer", "yes\n", exitDone, true},
		"y":   {"an abbreviation is none", "y\n", exitNotApproved, false},
		"end": {"the end of input is none", "", exitNotApproved, false},
	}
	s := newSession(t, hosttest.Script{})
	s.streams.InTerminal = true
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_ = os.Remove(s.log)
			s.streams.In = strings.NewReader(c.answer)
			if got := s.run(t.Context(), "act", "sub", "set_quota", "user=alice", "quota=5"); got != c.want {
				t.Errorf("%s: exit code %d: %s", c.reason, got, &s.err)
			}
			if got := s.done(t); (got != "") != c.done {
				t.Errorf("%s: done: %q", c.reason, got)
			}
			plan := "set_quota on sub, medium risk: Give a user another quota\n  would: set_quota as asked\n"
			if !strings.HasPrefix(s.err.String(), plan) || !strings.Contains(s.err.String(), `Carry it out? Type "yes": `) {
				t.Errorf("it asked: %s", &s.err)
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	cases := map[string]struct{ reason, in, want string }{
		"line":     {"spaces around it do not count", " yes \r\nno\n", "yes"},
		"half":     {"half a line is no answer", "yes", ""},
		"too long": {"an answer has a bound", strings.Repeat(" ", 5000) + "yes\n", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := &app{streams: Streams{In: strings.NewReader(c.in)}}
			if got, err := a.answer(t.Context()); got != c.want || err != nil {
				t.Errorf("%s: %q, %v", c.reason, got, err)
			}
		})
	}
}

// An interrupt while a person thinks is a no.
func TestInterruptedApproval(t *testing.T) {
	s := newSession(t, hosttest.Script{})
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	s.streams.InTerminal, s.streams.In = true, readerFunc(func(p []byte) (int, error) {
		cancel()
		return r.Read(p)
	})
	if got := s.run(ctx, "act", "sub", "set_quota", "user=alice", "quota=5"); got != exitInterrupted {
		t.Errorf("exit code %d: %s", got, &s.err)
	}
	if s.done(t) != "" {
		t.Error("it was done")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestCompletion(t *testing.T) {
	s := newSession(t, hosttest.Script{})
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"subject":    {"from the configuration", []string{"act", ""}, "sub\n:4\n"},
		"action":     {"from the plugin", []string{"act", "sub", ""}, "restart_node\tStart a node again\nset_quota\tGive a user another quota\n:4\n"},
		"parameter":  {"those that are not given yet", []string{"act", "sub", "set_quota", "user=a", "labels:={}", ""}, "quota=\tRequests per minute.\nshare=\nstrict=\n:6\n"},
		"file":       {"after @ it is a file", []string{"act", "sub", "set_quota", "user=@"}, ":0\n"},
		"value":      {"a value nobody knows", []string{"act", "sub", "set_quota", "user="}, ":4\n"},
		"no action":  {"nothing is known of it", []string{"act", "sub", "nope", ""}, ":4\n"},
		"no subject": {"nothing is known of it", []string{"act", "nope", ""}, ":4\n"},
		"enough":     {"one subject is all", []string{"observe", "sub", ""}, ":4\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s.run(t.Context(), append([]string{"__complete"}, c.args...)...)
			if diff := cmp.Diff(c.want, s.out.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestColor(t *testing.T) {
	cases := map[string]struct {
		reason   string
		terminal bool
		flag     bool
		env      []string
		want     bool
	}{
		"terminal": {"a terminal has colour", true, false, nil, true},
		"pipe":     {"nothing else has", false, false, nil, false},
		"flag":     {"the user says no", true, true, nil, false},
		"NO_COLOR": {"the user says no to every program", true, false, []string{"NO_COLOR=1"}, false},
		"empty":    {"an empty NO_COLOR is none", true, false, []string{"NO_COLOR="}, true},
		"dumb":     {"a terminal without colour", true, false, []string{"TERM=dumb"}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := &app{noColor: c.flag, streams: Streams{OutTerminal: c.terminal, LookupEnv: func(name string) (string, bool) {
				for _, v := range c.env {
					if value, ok := strings.CutPrefix(v, name+"="); ok {
						return value, true
					}
				}
				return "", false
			}}}
			if got := a.color(); got != c.want {
				t.Errorf("%s: %v", c.reason, got)
			}
		})
	}
}

func TestLogLevel(t *testing.T) {
	a := &app{logLevel: slog.LevelWarn}
	if a.logger().Enabled(t.Context(), slog.LevelInfo) || !a.logger().Enabled(t.Context(), slog.LevelWarn) {
		t.Error("the level is not obeyed")
	}
}
