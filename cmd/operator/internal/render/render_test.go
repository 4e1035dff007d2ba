package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what is printed with a file.
func golden(t *testing.T, name string, opts Options, write func(*Printer)) string {
	t.Helper()
	var b bytes.Buffer
	p := New(&b, opts)
	write(p)
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	return b.String()
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func observation() protocol.Observation {
	return protocol.Observation{
		Time: noon, Duration: 12345 * time.Microsecond, Summary: "2 of 3 nodes up",
		Sources: []protocol.Source{
			{Name: "registry", Class: protocol.SourceOK, Latency: 1900 * time.Microsecond},
			{Name: "metrics", Class: protocol.SourceTimeout, Latency: 2 * time.Second, Message: "no answer from 127.0.0.1:9090 within 2 s; is it running, and is the address right?"},
			{Name: "archive", Class: protocol.SourceNotConfigured},
		},
		Violations: []protocol.Violation{
			{Invariant: "over_quota", Entity: "日本/キー", Severity: protocol.Warning, Message: "120 requests, of 100 allowed"},
			{Invariant: "over_quota", Entity: "@home", Severity: protocol.Warning, Message: "5 requests, of 1 allowed"},
			{Invariant: "node_down", Entity: "n1", Severity: protocol.Critical, Message: "gone from the registry; last seen at 10.0.0.7:8080, where nothing answers any more"},
		},
		Unchecked: []protocol.Unchecked{
			{Invariant: "slow_writes", Source: "metrics", Reason: "no answer within 2 s"},
			{Invariant: "store_unavailable", Source: "metrics", Reason: "no answer within 2 s"},
			{Invariant: "over_quota", Entity: "a", Reason: "its quota is not known"},
			{Invariant: "over_quota", Entity: "b", Reason: "its quota is not known"},
		},
		State: json.RawMessage(`{"connected":true,"default_window_ms":60000,"memory_bytes":123456789,"version":null,
			"nodes":[{"id":"n2","address":"http://10.0.0.8:8080","state":"Up"},{"id":"n3","state":"Down","zone":"b"}],
			"metrics":{"n2":{"p99_ms":12.345,"rate":1e3},"n3":{"p99_ms":null,"rate":0}},
			"limits":{"limit":100,"nested":{"deep":{"deeper":{"deepest":1}}}},
			"keys":["a","b c",""],"none":[],"nothing":{}}`),
	}
}

func TestObservation(t *testing.T) {
	def := hosttest.Definition()
	for name, opts := range map[string]Options{
		"observation_piped":    {},
		"observation_80":       {Width: 80},
		"observation_40_color": {Width: 40, Color: true, Command: []string{"operator", "--config", "my file.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := golden(t, name, opts, func(p *Printer) { p.Observation("sub", def, observation()) })
			checkWidth(t, got, opts.Width)
		})
	}
	t.Run("healthy", func(t *testing.T) {
		golden(t, "observation_healthy", Options{}, func(p *Printer) {
			p.Observation("sub", def, protocol.Observation{Time: noon, Summary: "all is well"})
		})
	})
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// checkWidth checks that nothing but commands to copy is wider than the
// terminal.
func checkWidth(t *testing.T, out string, most int) {
	t.Helper()
	for line := range strings.Lines(sgr.ReplaceAllString(out, "")) {
		line = strings.TrimSuffix(line, "\n")
		if most > 0 && width(line) > most && !strings.HasPrefix(line, "  operator") && most >= 80 {
			t.Errorf("%d columns: %s", width(line), line)
		}
	}
}

func TestCheck(t *testing.T) {
	golden(t, "check", Options{}, func(p *Printer) { p.Check("sub", hosttest.Definition(), observation()) })
}

func TestDefinition(t *testing.T) {
	def := hosttest.Definition()
	golden(t, "definition", Options{Width: 80}, func(p *Printer) { p.Definition("sub", def) })
}

func TestSubjects(t *testing.T) {
	def := hosttest.Definition()
	golden(t, "subjects", Options{Width: 60}, func(p *Printer) {
		p.Subjects([]Loaded{
			{Name: "good", Plugin: "/opt/operator/plugins/bin/operator-subject-with-a-long-name", Trust: host.TrustPinned, Definition: &def},
			{Name: "bad", Plugin: "x", Trust: host.TrustInsecure, Definition: &def, Err: errors.New("first \x1b[2J\nsecond")},
			{Name: "gone", Err: errors.New("no such file")},
		})
	})
}

func TestPins(t *testing.T) {
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	golden(t, "pins", Options{Width: 60}, func(p *Printer) {
		p.Pins([]host.Pin{
			{Subject: "first", Plugin: "/opt/first", Change: host.PinNew, New: a},
			{Subject: "again", Plugin: "/opt/again", Change: host.PinUnchanged, Old: a, New: a},
			{Subject: "other", Plugin: "/opt/other", Change: host.PinChanged, Old: a, New: b, Insecure: true},
			{Subject: "own", Plugin: "/opt/own", Change: host.PinUnchanged, Old: a, New: a, InConfig: true},
			{Subject: "no more", Plugin: "./no\nmore", Change: host.PinRemoved, Old: a},
			{Subject: "gone", Plugin: "/opt/gone", Err: errors.New("first \x1b[2J\nsecond")},
		})
	})
}

func TestOutcome(t *testing.T) {
	changes := []protocol.Change{
		{Entity: "alice", Field: "window_ms", Before: json.RawMessage(`60000`), After: json.RawMessage(`1500`)},
		{Entity: "alice", Field: "note", Before: json.RawMessage(`null`), After: json.RawMessage(`"a b"`)},
		{Field: "count", After: json.RawMessage(`0`)},
	}
	spec, _ := hosttest.Definition().Action("set_quota")
	golden(t, "outcome", Options{}, func(p *Printer) {
		p.Plan("sub", spec, protocol.Outcome{Status: protocol.OutcomePlanned, Message: "the quota of alice changes", Changes: changes})
		p.Outcome(protocol.Action{Name: "set_quota", ID: "X1"}, protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "done", Changes: changes})
		p.Outcome(protocol.Action{Name: "set_quota", ID: "X1", DryRun: true}, protocol.Outcome{Status: protocol.OutcomePlanned, Message: "nothing would change"})
	})
}

func TestEvents(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	many := func(n int) (events []host.Event) {
		for i := range n {
			events = append(events, host.Event{
				Time: at(4), Type: host.EventUnknown, Invariant: "over_quota", Entity: string(rune('a' + i)), Severity: protocol.Warning, Source: "db", Message: "down",
			})
		}
		return events
	}
	golden(t, "events", Options{Width: 100}, func(p *Printer) {
		p.Events([]host.Event{
			{Time: at(0), Type: host.EventObservation, Verdict: protocol.Held, Message: "3 nodes up"},
			{Time: at(1), Type: host.EventPending, Invariant: "over_quota", Entity: "bob\n", Severity: protocol.Warning, Message: "5 of 1"},
			{Time: at(2), Type: host.EventFiring, Invariant: "node_down", Entity: "n1", Severity: protocol.Critical, Message: "gone from the registry, and nothing answers at the address where it was last seen"},
		})
		p.Events(many(3))
		p.Events(many(12))
		p.Events([]host.Event{
			{Time: at(5), Type: host.EventKnown, Invariant: "over_quota", Severity: protocol.Warning, Verdict: protocol.Held},
			{Time: at(6), Type: host.EventObservationFailed, Message: "the plugin is gone"},
			{Time: at(7), Type: host.EventRestarted, Message: "the plugin was restarted"},
			{Time: at(8), Type: host.EventObservationRecovered, Message: "there are observations again"},
			{Time: at(8), Type: host.EventObservation, Verdict: protocol.Broken, Message: "2 nodes up", Broken: new(1), Unknown: new(0)},
			{Time: at(9), Type: host.EventResolved, Invariant: "node_down", Entity: "n1", Severity: protocol.Critical, Message: "gone", AfterRestart: true},
			{Time: at(10), Type: host.EventDown, Message: "the plugin's process has ended (exit status 2); it last wrote: panic: oops", Verdict: protocol.Unknown},
			{Time: at(11), Type: host.EventStaysDown, Message: "the plugin died more than 5 times within 10m0s and stays down", Verdict: protocol.Unknown},
			{Time: at(12), Type: host.EventSwapRefused, Message: "reload: configure: the configuration has 2 problems:\n  operator.yaml:6:7: url: is required\n  operator.yaml:7:7: urk: unknown field"},
			{Time: at(13), Type: host.EventSwapped, Message: "the plugin was reloaded; what it remembered is lost"},
		})
	})
}

// Nothing that an observed system says reaches the terminal as anything but
// text, wherever it says it.
func TestHostileText(t *testing.T) {
	evil := "\x1b]0;owned\x07\x1b[2J\u009b31m\u202edlrow\u2066\u200b\r\n\x00\x7f\xff\u3164"
	quoted, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	raw := func(format string) json.RawMessage {
		return json.RawMessage(strings.ReplaceAll(format, "E", string(quoted)))
	}
	o := protocol.Observation{
		Summary:    evil,
		Sources:    []protocol.Source{{Name: evil, Class: protocol.SourceClass(evil), Message: evil}},
		Violations: []protocol.Violation{{Invariant: "node_down", Entity: evil, Severity: protocol.Severity(evil), Message: evil}, {Invariant: evil, Entity: strings.Repeat("k", 1<<20)}},
		Unchecked:  []protocol.Unchecked{{Invariant: evil, Entity: evil, Source: evil, Reason: evil}},
		State:      raw(`{E:E,"list":[E],"rows":[{E:E}],"map":{E:{E:E}},"deep":{"a":{"b":{"c":{"d":E}}}}}`),
	}
	def := hosttest.Definition()
	def.Summary, def.Guide, def.Version = evil, evil, evil
	def.ConfigSchema = raw(`{"properties":{E:{"type":E,"description":E,"default":E,"pattern":E,"enum":[E]}}}`)
	def.Actions[0].Summary = evil
	for _, opts := range []Options{{}, {Width: 60, Color: true}} {
		var b bytes.Buffer
		p := New(&b, opts)
		p.Observation(evil, def, o)
		p.Check(evil, def, o)
		p.Definition(evil, def)
		p.Subjects([]Loaded{{Name: evil, Plugin: evil, Err: errors.New(evil)}})
		p.Pins([]host.Pin{{Subject: evil, Plugin: evil, Change: host.PinChanged, Old: evil, New: evil}, {Subject: evil, Err: errors.New(evil)}})
		p.Outcome(protocol.Action{Name: evil, ID: evil}, protocol.Outcome{
			Status: protocol.OutcomeStatus(evil), Message: evil, Changes: []protocol.Change{{Entity: evil, Field: evil, Before: quoted, After: json.RawMessage(evil)}},
		})
		p.Events([]host.Event{{Type: host.EventType(evil), Invariant: evil, Entity: evil, Source: evil, Message: evil, Severity: protocol.Severity(evil)}})
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		out := sgr.ReplaceAllString(b.String(), "")
		for _, r := range out {
			if r != '\n' && (!unicode.IsPrint(r) || !printable(r)) {
				t.Errorf("rune %U is in the output", r)
			}
		}
		if len(out) > 100_000 {
			t.Errorf("%d bytes of output", len(out))
		}
	}
}

func TestText(t *testing.T) {
	cases := map[string]struct{ reason, in, want string }{
		"plain":    {"most keys", "user:42/api", "user:42/api"},
		"spaces":   {"inner spaces are harmless", "a b", "a b"},
		"empty":    {"nothing must be seen too", "", `""`},
		"edges":    {"outer spaces must be seen", " a", `" a"`},
		"quote":    {"what looks quoted is quoted again", `"a"`, `"\"a\""`},
		"wide":     {"any script is text", "日本", "日本"},
		"escape":   {"", "\x1b[0m", `"\x1b[0m"`},
		"bidi":     {"", "a\u202eb", `"a\u202eb"`},
		"blank":    {"letters that look like nothing", "a\u3164", `"a\u3164"`},
		"invalid":  {"", "a\xff", `"a\xff"`},
		"too long": {"", strings.Repeat("é", 200), strings.Repeat("é", 128) + "... (400 bytes)"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("%s: got %s, want %s", c.reason, got, c.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	cases := map[string]struct {
		reason, in string
		n          int
		want       []string
	}{
		"words": {"between words", "aa bb cc", 5, []string{"aa bb", "cc"}},
		"long":  {"a word that is too long", "aaaaaaa b", 3, []string{"aaa", "aaa", "a b"}},
		"wide":  {"wide letters are two columns", "日本語", 4, []string{"日本", "語"}},
		"none":  {"nothing is a line", "", 10, []string{""}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, wrap(c.in, c.n)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 850 * time.Microsecond: "850 µs", 12345 * time.Microsecond: "12.3 ms", 1500 * time.Millisecond: "1.5 s",
		time.Minute: "1m", 90 * time.Second: "1m30s", 2 * time.Hour: "2h", -5 * time.Millisecond: "-5 ms",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
	for in, want := range map[string][2]string{
		"latency_ms 12.345": {"latency", "12.3 ms"}, "size_bytes 1536": {"size", "1.5 KiB"}, "size_bytes 5": {"size", "5 B"},
		"count 5": {"count", "5"}, "_ms 5": {"_ms", "5"}, "x_ms 1e300": {"x", "1e300 ms"}, "x_ms 1e999": {"x_ms", "1e999"},
	} {
		name, number, _ := strings.Cut(in, " ")
		label, text := quantity(name, number)
		if label != want[0] || text != want[1] {
			t.Errorf("%s: got %s, %s", in, label, text)
		}
	}
}
