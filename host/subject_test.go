package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An entry is started only if somebody has vouched for its plugin, and one that
// is started without that is warned of.
func TestTrust(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{})
	cases := map[string]struct {
		reason   string
		insecure bool
		sum      string
		refused  bool
		warning  string
	}{
		"neither":  {reason: "nobody has vouched for it", refused: true},
		"insecure": {reason: "for development", insecure: true, warning: "the plugin is started whatever its binary is"},
		"both": {
			reason: "insecure wins, and says so", insecure: true, sum: strings.Repeat("0", 64), warning: "and its checksum is not checked",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			entry := entry
			entry.Insecure, entry.SHA256 = c.insecure, c.sum
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			_, _, err := Describe(t.Context(), entry, logger)
			s, loadErr := Load(t.Context(), entry, logger)
			if loadErr == nil {
				loadErr = s.Close()
			}
			for _, err := range []error{err, loadErr} {
				if (err != nil) != c.refused || c.refused && protocol.CodeOf(err) != protocol.PermissionDenied {
					t.Errorf("%s: %v", c.reason, err)
				}
			}
			if got := log.String(); c.warning == "" && got != "" || strings.Count(got, c.warning) < 2 && c.warning != "" ||
				c.warning != "" && !strings.Contains(got, "plugin="+entry.Plugin+" subject=sub") && !strings.Contains(got, "subject=sub plugin="+entry.Plugin) {
				t.Errorf("%s: the log says %q", c.reason, got)
			}
		})
	}
}

func TestReload(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{Summary: "old"})
	other, _ := fake(t, hosttest.Script{Summary: "new"})
	other.Timeout = time.Minute
	wrong := fromFile(t, "      scrip: x\n")
	unpinned := other
	unpinned.Insecure = false
	cases := map[string]struct {
		reason  string
		entry   Entry
		code    protocol.Code
		text    string
		summary string
	}{
		"wrong":    {"what is wrong is located in the file", wrong, protocol.InvalidArgument, "operator.yaml:6:7: subjects.sub.config.scrip: unknown field", "old"},
		"unset":    {"what cannot be expanded is never started", fromFile(t, "      script: ${NOPE}\n"), protocol.UnknownError, "NOPE is not set", "old"},
		"unpinned": {"nor is what nobody has vouched for", unpinned, protocol.PermissionDenied, "not pinned", "old"},
		"other":    {"another configuration is what it is for", other, "", "", "new"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := load(t, entry)
			act := func() (protocol.Outcome, error) {
				return s.Act(t.Context(), protocol.Action{Name: "restart_node", ID: "1", Params: json.RawMessage(`{"node":"n1"}`)})
			}
			first, err := act()
			if err != nil {
				t.Fatal(err)
			}
			err = s.Reload(t.Context(), c.entry)
			if protocol.CodeOf(err) != c.code || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v", c.reason, err)
			}
			o, err := s.Observe(t.Context())
			if err != nil || o.Summary != c.summary {
				t.Errorf("%s: %q, %v", c.reason, o.Summary, err)
			}
			again, err := act()
			if diff := cmp.Diff(first, again); diff != "" || err != nil {
				t.Errorf("the same action: %v, %s", err, diff)
			}
			want := supervisor.EventSwapRefused
			if c.code == "" {
				want = supervisor.EventSwapped
			}
			var last supervisor.Event
			for len(s.Events()) > 0 {
				last = <-s.Events()
			}
			if last.Type != want {
				t.Errorf("%s: the last event is %+v", c.reason, last)
			}
		})
	}
}

// A watch goes on over a reload, and says what came of it.
func TestWatchAcrossAReload(t *testing.T) {
	entry, _ := fake(t, hosttest.Script{Summary: "old", Nodes: []string{"n1"}})
	other, _ := fake(t, hosttest.Script{Summary: "new", Nodes: []string{"n1"}})
	wrong := other
	wrong.Config = json.RawMessage(`{"script":"x","urls":["ftp://b"]}`)
	var subject *Subject
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var got []string
	reloaded := make(chan error, 2)
	err := Watch(ctx, WatchOptions{
		Name: "sub", Interval: MinInterval, All: true,
		Open: func(ctx context.Context) (protocol.Subject, error) {
			var err error
			subject, err = Load(ctx, entry, nil)
			return subject, err
		},
	}, func(events []Event) error {
		for _, e := range events {
			text := string(e.Type) + " " + e.Message
			if len(got) > 0 && got[len(got)-1] == text {
				continue
			}
			got = append(got, text)
			switch text {
			case "observation old":
				switch len(got) {
				case 1:
					go func() { reloaded <- subject.Reload(ctx, wrong) }()
				case 3: // the old process has been seen to go on
					go func() { reloaded <- subject.Reload(ctx, other) }()
				default: // it was looking while it was replaced
					got = got[:len(got)-1]
				}
			case "observation new":
				cancel()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-reloaded, <-reloaded); protocol.CodeOf(err) != protocol.InvalidArgument {
		t.Errorf("reloaded: %v", err)
	}
	want := []string{
		"observation old", "swap_refused reload: configure: configure fake: urls[0]: \"ftp://b\" is no URL", "observation old",
		"swapped the plugin was reloaded; what it remembered is lost", "observation new",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
