package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func TestParseConformanceFile(t *testing.T) {
	t.Parallel()
	got, err := parseConformanceFile([]byte(`
args: [--verbose, "2"]
env: [HOME, LEVEL=3]
mtls: false
timeout: 30s
slack: 1500ms
start_timeout: 3s
close_timeout: 4s
config: &config {url: "http://x", n: 0x10, big: 18446744073709551615, since: 2020-01-01, on: true, none: null, list: [1.5, "${HOME}"]}
down: *config
hang: {}
wrong: [{name: empty, config: {}, paths: [url, "list[0]"]}]
setup: [./up]
teardown: [./down]
probe: [./show, all]
actions:
  restart: {params: {node: n1}, before: [./break, it], probe: [./show]}
  nothing: {}
`))
	if err != nil {
		t.Fatal(err)
	}
	config := json.RawMessage(`{"big":18446744073709551615,"list":[1.5,"${HOME}"],"n":16,"none":null,"on":true,"since":"2020-01-01","url":"http://x"}`)
	want := conformanceFile{
		args: []string{"--verbose", "2"}, env: []string{"HOME", "LEVEL=3"}, withoutMTLS: true,
		config: config, down: config, hang: json.RawMessage(`{}`),
		wrong: []subjecttest.WrongConfig{{Name: "empty", Config: json.RawMessage(`{}`), Paths: []string{"url", "list[0]"}}},
		actions: map[string]conformanceAction{
			"restart": {params: json.RawMessage(`{"node":"n1"}`), before: []string{"./break", "it"}, probe: []string{"./show"}},
			"nothing": {},
		},
		setup: []string{"./up"}, teardown: []string{"./down"}, probe: []string{"./show", "all"},
		timeout: 30 * time.Second, slack: 1500 * time.Millisecond, startTimeout: 3 * time.Second, closeTimeout: 4 * time.Second,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(conformanceFile{}, conformanceAction{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseConformanceFileFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		text   string
		want   []string // each in the error
	}{
		"Unknown":   {"A field that nobody knows was meant to do something.", "confg: {}\ntimeuot: 3s", []string{"line 1: confg: there is no such field; there are actions, args,", "line 2: timeuot"}},
		"Nested":    {"So it is further in.", "actions:\n  restart:\n    parms: {}", []string{"line 3: actions.restart.parms: there is no such field; there are before, params, probe"}},
		"Twice":     {"One of them is a mistake.", "actions: {a: {}, a: {}}", []string{"actions.a: is there twice"}},
		"List":      {"A command line is a list.", "setup: ./up now", []string{"setup: must be a list of words"}},
		"Words":     {"Of words.", "args: [[a]]", []string{"args[0]: must be a word"}},
		"Duration":  {"With a unit, above nothing.", "timeout: 3\nslack: -1s", []string{"timeout: must be a duration", "slack: must be a duration"}},
		"MTLS":      {"There are two.", "mtls: 1", []string{"mtls: must be true or false"}},
		"Wrong":     {"Without paths nothing is checked of it.", "wrong: [{name: a, config: {}}]", []string{"wrong[0]: needs a name"}},
		"NotAList":  {"Nor is one a list.", "wrong: {name: a}", []string{"wrong: must be a list"}},
		"NaN":       {"JSON has no such number.", "config: {a: [.nan]}", []string{`config: line 1: ".nan" has no JSON form`}},
		"Merge":     {"Which would be a key.", "config: {<<: {a: 1}}", []string{"not be <<"}},
		"Bomb":      {"A small file can be a large document.", "config:\n  a: &a [x,x,x,x,x,x,x,x,x,x]\n  b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n  e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]", []string{"too large"}},
		"NotYAML":   {"Anything may be in a file.", "a: [", []string{"not YAML"}},
		"Documents": {"The second would be ignored.", "mtls: true\n---\nmtls: false", []string{"more than one YAML document"}},
		"Scalar":    {"Nor is a text one.", "hello", []string{"must be a mapping"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseConformanceFile([]byte(tc.text))
			if err == nil {
				t.Fatalf("%s: no error", tc.reason)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q is not in %q", tc.reason, want, err)
				}
			}
		})
	}
	if _, err := parseConformanceFile(nil); err != nil {
		t.Errorf("an empty file is one that says nothing: %v", err)
	}
}

func FuzzParseConformanceFile(f *testing.F) {
	f.Add("config: {a: 1}\nactions: {x: {params: {}}}")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parseConformanceFile([]byte(text))
		if err == nil && len(file.config) > 0 && !json.Valid(file.config) {
			t.Errorf("not JSON: %s", file.config)
		}
	})
}

func TestReadConformanceFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := readConformanceFile(filepath.Join(dir, "none")); err == nil {
		t.Error("there was no file, and no error")
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxConformanceFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readConformanceFile(large); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

func TestConformanceCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := conformanceFile{path: filepath.Join(dir, "file.yaml"), actions: map[string]conformanceAction{
		"a": {params: json.RawMessage(`{}`), before: []string{"sh", "-c", "echo on >state"}, probe: []string{"cat", "state"}},
	}}
	example := f.examples()["a"]
	if err := example.Before(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := example.Probe(t.Context())
	if err != nil || got != "on\n" {
		t.Errorf("got %q, %v", got, err)
	}

	err = f.command(t.Context(), "setup", []string{"sh", "-c", "echo why >&2; exit 3"})
	if err == nil || !strings.Contains(err.Error(), "setup") || !strings.Contains(err.Error(), `"why"`) {
		t.Errorf("got %v", err)
	}
	// What is left running is not waited for.
	if err := f.command(t.Context(), "setup", []string{"sh", "-c", "sleep 30 & exit 0"}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.command(ctx, "setup", []string{"sleep", "30"}); err == nil {
		t.Error("it was not ended")
	}
	if _, err := f.probing([]string{"sh", "-c", "head -c 17000000 /dev/zero"})(t.Context()); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("got %v", err)
	}
}
