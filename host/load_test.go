package host

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// fake is an entry for the fake subject, served by this test binary, and the
// path of its script.
func fake(t *testing.T, script hosttest.Script) (Entry, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "script.json")
	if err := script.Write(path); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]string{"script": path})
	if err != nil {
		t.Fatal(err)
	}
	return Entry{Name: "sub", Plugin: self, Args: []string{"serve-fake"}, Insecure: true, Config: config}, path
}

func load(t *testing.T, entry Entry) *Subject {
	t.Helper()
	s, err := Load(t.Context(), entry, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestLoadObserveAct(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{Summary: "fine", Nodes: []string{"n1"}})
	s := load(t, entry)
	if s.Name() != "sub" || s.Definition().Name != "fake" || s.PID() == 0 {
		t.Errorf("%q, %q, %d", s.Name(), s.Definition().Name, s.PID())
	}
	o, err := s.Observe(t.Context())
	if err != nil || o.Summary != "fine" || o.Verdict() != protocol.Held {
		t.Errorf("%+v, %v", o, err)
	}
	outcome, err := s.Act(t.Context(), protocol.Action{Name: "restart_node", ID: "1", Params: json.RawMessage(`{"node":"n1"}`)})
	if err != nil || outcome.Status != protocol.OutcomeAccepted {
		t.Errorf("%+v, %v", outcome, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Observe(t.Context()); protocol.CodeOf(err) != protocol.FailedPrecondition {
		t.Errorf("after Close: %v", err)
	}
}

func TestTimeoutIsTheEntrys(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{Observe: "slow", Act: "slow"})
	entry.Timeout = 50 * time.Millisecond
	s := load(t, entry)
	if _, err := s.Observe(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("observe: %v", err)
	}
	_, err := s.Act(t.Context(), protocol.Action{Name: "restart_node", ID: "1", Params: json.RawMessage(`{"node":"n1"}`)})
	if protocol.EffectOf(err) != protocol.EffectUnknown {
		t.Errorf("act: %v", err)
	}
}

// fromFile is the fake subject's entry as a file has it, insecure and with the
// given lines in its config block, which begins in line 6.
func fromFile(t *testing.T, block string, vars ...string) Entry {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text := "subjects:\n  sub:\n    plugin: " + self + "\n    args: [serve-fake]\n    config:\n" + block
	config, err := ParseConfig("operator.yaml", []byte(text), environ(vars...))
	if err != nil {
		t.Fatal(err)
	}
	entry := config.Subjects[0]
	entry.Insecure = true
	return entry
}

func TestLoadPlacesWhatTheSubjectRefuses(t *testing.T) {
	const password = "a-password-that-is-much-too-long-for-anybody-to-type"
	entry := fromFile(t, `      scrip: x
      password: ${PASSWORD}
      limits:
        max: ${MAX}
      urls:
        - http://a
        - ftp://b
`, "PASSWORD="+password, "MAX=4711")
	_, err := Load(t.Context(), entry, nil)
	want := `the configuration has 5 problems:
  operator.yaml:5:5: subjects.sub.config.script: is required
  operator.yaml:6:7: subjects.sub.config.scrip: unknown field
  operator.yaml:7:7: subjects.sub.config.password: "${PASSWORD}"... is longer than 40 bytes
  operator.yaml:9:9: subjects.sub.config.limits.max: want 1 to 100, not ${MAX}; unquoted, ${MAX} is read as a number or a boolean: put it in quotes if it is text
  operator.yaml:12:11: subjects.sub.config.urls[1]: "ftp://b" is no URL`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.InvalidArgument || strings.Contains(e.Error(), password[:12]) {
		t.Errorf("what it wraps: %v", e)
	}
}

func TestDescribe(t *testing.T) {
	good, _ := fake(t, hosttest.Script{})
	missing := good
	missing.Plugin = filepath.Join(t.TempDir(), "nothing-here")
	unset := fromFile(t, "      script: ${NOPE}\n")
	cases := map[string]struct {
		reason             string
		entry              Entry
		described, opens   bool
		code               protocol.Code
		openText, loadText string
	}{
		"good":           {reason: "a subject is described as configured", entry: good, described: true, opens: true},
		"wrong config":   {reason: "what it is does not depend on its configuration", entry: fromFile(t, "      script: 5\n"), described: true, openText: "operator.yaml:6:7"},
		"unset variable": {reason: "nor on the environment", entry: unset, described: true, openText: "NOPE is not set"},
		"no plugin":      {reason: "without a plugin nobody can tell", entry: missing, loadText: "nothing-here"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			def, openErr, err := Describe(t.Context(), c.entry, nil)
			if (def.Name == "fake") != c.described || (err == nil) != c.described {
				t.Fatalf("%s: %q, %v", c.reason, def.Name, err)
			}
			if c.described && (openErr == nil) != c.opens || openErr != nil && !strings.Contains(openErr.Error(), c.openText) {
				t.Errorf("%s: %v", c.reason, openErr)
			}
			if err != nil && !strings.Contains(err.Error(), c.loadText) {
				t.Errorf("%s: %v", c.reason, err)
			}
		})
	}
	if _, err := Load(t.Context(), unset, nil); err == nil {
		t.Error("an entry with an unset variable was loaded")
	}
}

func TestLoadGivesUpWithItsContext(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(ctx, entry, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The rule about restarts, with a real process that really dies.
func TestWatchAcrossADeadPlugin(t *testing.T) {
	crash := filepath.Join(t.TempDir(), "crash")
	script := hosttest.Script{Nodes: []string{"n1", "n2"}, CrashFile: crash}
	entry, path := fake(t, script)
	opts := WatchOptions{
		Name: "sub", Interval: MinInterval,
		Open: func(ctx context.Context) (protocol.Subject, error) { return Load(ctx, entry, nil) },
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	write := func() {
		if err := script.Write(path); err != nil {
			t.Error(err)
		}
	}
	var got []string
	err := Watch(ctx, opts, func(events []Event) error {
		for _, e := range events {
			if e.Type == EventObservation {
				continue
			}
			got = append(got, strings.TrimSpace(string(e.Type)+" "+e.Entity))
			switch e.Type { //nolint:exhaustive // the others need nothing
			case EventFiring: // n1 is gone; now the process that remembers it dies
				if err := os.WriteFile(crash, nil, 0o600); err != nil {
					t.Error(err)
				}
			case EventUnknown: // the new one has not heard of n1: it comes back
				script.Nodes = []string{"n1", "n2"}
				write()
			case EventResolved:
				cancel()
			}
		}
		if len(got) == 0 { // both nodes were seen
			script.Nodes = []string{"n2"}
			write()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"firing n1", "down", "restarted", "unknown n1", "resolved n1", "known n1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What the configuration allows of messages is what the plugin is started with.
func TestSpecHasTheMessageSize(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{})
	entry.MaxMessage = 16 << 20
	spec, err := entry.spec(slog.New(slog.DiscardHandler))
	if err != nil || spec.Options.MaxMessage != 16<<20 {
		t.Errorf("got %d, %v", spec.Options.MaxMessage, err)
	}
}
