package host

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// environ is an environment for tests.
func environ(vars ...string) LookupEnv {
	return func(name string) (string, bool) {
		for _, v := range vars {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// parse returns a configuration and everything that is wrong with it.
func parse(t *testing.T, text string, vars ...string) (*Config, string) {
	t.Helper()
	config, err := ParseConfig("operator.yaml", []byte(text), environ(vars...))
	if err != nil {
		return nil, err.Error()
	}
	var wrong []string
	for _, e := range config.Subjects {
		if err := e.Check(); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return config, strings.Join(wrong, "\n")
}

func TestParseConfig(t *testing.T) {
	config, wrong := parse(t, `
subjects:
  orders:
    plugin: ./bin/queue
    args: [--verbose, 3]
    env: [HOME, "LEVEL=${LEVEL}"]
    interval: 1m30s
    timeout: 250ms
    config:
      url: ${URL}
      retries: ${RETRIES:-3}
      text: "${RETRIES:-3}"
      big: 12345678901234567890
      ratio: 1.50
      on: true
      off: ~
      day: 2020-01-02
      octal: 0o17
      list: [a, {b: 1}]
  plain:
    plugin: operator-subject-queue
`, "URL=http://x", "LEVEL=debug")
	if wrong != "" {
		t.Fatal(wrong)
	}
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{
			Name: "orders", Plugin: filepath.Join(folder, "bin/queue"), Args: []string{"--verbose", "3"},
			Env: []string{"HOME", "LEVEL=debug"}, Interval: 90 * time.Second, Timeout: 250 * time.Millisecond,
			Config: json.RawMessage(`{"url":"http://x","retries":3,"text":"3","big":12345678901234567890,"ratio":1.50,` +
				`"on":true,"off":null,"day":"2020-01-02","octal":15,"list":["a",{"b":1}]}`),
		},
		{Name: "plain", Plugin: "operator-subject-queue", Interval: DefaultInterval, Timeout: DefaultTimeout},
	}
	if diff := cmp.Diff(want, config.Subjects, cmpopts.IgnoreUnexported(Entry{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseConfigFindsWhatIsWrong(t *testing.T) {
	const head = "subjects:\n  orders:\n    plugin: x\n"
	cases := map[string]struct {
		reason, in string
		vars       []string
		want       string
	}{
		"empty": {
			"an empty file is not a configuration of nothing", "",
			nil, `operator.yaml: the file is empty: it must say which subjects there are, under "subjects:"`,
		},
		"syntax": {
			"a syntax error has its place", "subjects: [1,\n  2",
			nil, `operator.yaml:2:4: not YAML: did not find expected ',' or ']'`,
		},
		"unquoted expansion in a flow": {
			"${ is not allowed unquoted between braces, which is worth a hint", "subjects: {a: {plugin: ${X}}}",
			nil, `operator.yaml:1:25: not YAML: did not find expected ',' or '}'; within [ ] and { } a ${...} needs quotes`,
		},
		"second document": {
			"what stands after --- would be ignored", head + "---\na: 1\n",
			nil, `operator.yaml:4:1: a second YAML document begins here: the file must hold one`,
		},
		"not a mapping": {
			"a list is no configuration", "- subjects",
			nil, `operator.yaml:1:1: want a mapping with "subjects:", not a list`,
		},
		"no subjects": {
			"the one field must be there", "{}",
			nil, `operator.yaml:1:1: subjects: is missing: it must say which subjects there are`,
		},
		"empty subjects": {
			"a configuration of nothing is a mistake", "subjects: {}",
			nil, `operator.yaml:1:1: subjects: is empty: it must name at least one subject`,
		},
		"unknown field at the top": {
			"a typing error is told from a field", head + "subject: 1\n",
			nil, `operator.yaml:4:1: subject: unknown field; did you mean subjects?; want subjects`,
		},
		"unknown field": {
			"a typing error has a suggestion", head + "    timout: 5s\n",
			nil, `operator.yaml:4:5: subjects.orders.timout: unknown field; did you mean timeout?; want one of plugin, args, env, sha256, insecure, mtls, max_message, limits, restarts, interval, timeout, config`,
		},
		"duplicate key": {
			"the second of two is refused, wherever it is", head + "    config:\n      a: 1\n      b: 1\n      a: 2\n",
			nil, `operator.yaml:7:7: subjects.orders.config.a: is here twice; it is already in line 5`,
		},
		"duplicate subject": {
			"likewise of subjects", head + "  orders: {plugin: y}\n",
			nil, `operator.yaml:4:3: subjects.orders: is here twice; it is already in line 2`,
		},
		"name of a subject": {
			"a name must be one that can be typed", "subjects:\n  \"a b\\e[31m\": {plugin: x}\n",
			nil, `operator.yaml:2:3: subjects: "a b\x1b[31m" is no name for a subject: want at most 64 letters, digits, _ and -`,
		},
		"no plugin": {
			"what is missing has a place too", "subjects:\n  orders:\n    args: []\n",
			nil, `operator.yaml:2:3: subjects.orders.plugin: is missing: it must say where the subject's binary is`,
		},
		"null subject": {
			"a name alone is no subject", "subjects:\n  orders:\n",
			nil, `operator.yaml:2:3: subjects.orders: want a mapping with at least "plugin:", not nothing`,
		},
		"types and durations": {
			"everything wrong is said at once, in the file's order",
			"subjects:\n  orders:\n    interval: 5\n    plugin: [x]\n    timeout: soon\n    args: x\n    env: [1x, {}]\n    config: []\n",
			nil, `the configuration has 7 problems:
  operator.yaml:3:5: subjects.orders.interval: want a duration such as 500ms, 5s or 1m30s, not 5
  operator.yaml:4:5: subjects.orders.plugin: want a string, not a list
  operator.yaml:5:5: subjects.orders.timeout: want a duration such as 500ms, 5s or 1m30s, not "soon"
  operator.yaml:6:5: subjects.orders.args: want a list of strings, not "x"
  operator.yaml:7:5: subjects.orders.env[0]: want NAME to pass a variable on, or NAME=value
  operator.yaml:7:15: subjects.orders.env[1]: want a string, not a mapping
  operator.yaml:8:5: subjects.orders.config: want a mapping, not a list`,
		},
		"too often": {
			"a pace that would be an attack is refused", head + "    interval: 1ms\n",
			nil, `operator.yaml:4:5: subjects.orders.interval: want at least 100ms, not "1ms"`,
		},
		"variable": {
			"a variable that is not set is no empty text", head + "    config:\n      a: ${NOPE}\n      b: ${1}\n      c: ${\n",
			nil, `the configuration has 3 problems:
  operator.yaml:5:7: subjects.orders.config.a: the environment variable NOPE is not set: set it, or give a default as in ${NOPE:-default}
  operator.yaml:6:7: subjects.orders.config.b: "1" is no name of a variable: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign
  operator.yaml:7:7: subjects.orders.config.c: ${ is never closed: write ${NAME}, or $${ for the characters themselves`,
		},
		"secret": {
			"what came from the environment is not shown", head + "    timeout: ${SECRET}\n    interval: ${NUMBER}\n",
			[]string{"SECRET=hunter2", "NUMBER=4711"},
			`the configuration has 2 problems:
  operator.yaml:4:5: subjects.orders.timeout: want a duration such as 500ms, 5s or 1m30s, not the value from ${SECRET}
  operator.yaml:5:5: subjects.orders.interval: want a duration such as 500ms, 5s or 1m30s, not a number from ${NUMBER}`,
		},
		"number": {
			"JSON has no such number", head + "    config: {a: .inf, b: !!int x, c: !!bool maybe}\n",
			nil, `the configuration has 3 problems:
  operator.yaml:4:14: subjects.orders.config.a: ".inf" is no number that JSON has: it is not finite
  operator.yaml:4:23: subjects.orders.config.b: "x" is no number that JSON has: it has other letters than digits
  operator.yaml:4:35: subjects.orders.config.c: "maybe" is neither true nor false`,
		},
		"tag and key": {
			"YAML has more than JSON", head + "    config: {a: !go x, [b]: 1, ~: 2}\n",
			nil, `the configuration has 3 problems:
  operator.yaml:4:14: subjects.orders.config.a: the YAML tag !go has no meaning here
  operator.yaml:4:24: subjects.orders.config: a key must be plain text
  operator.yaml:4:32: subjects.orders.config: a key must be plain text`,
		},
		"merge": {
			"<< takes mappings", head + "    config: {<<: [1]}\n",
			nil, `operator.yaml:4:18: subjects.orders.config: << merges mappings, not a number`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, got := parse(t, c.in, c.vars...)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestOneWrongSubjectDoesNotStopAnother(t *testing.T) {
	config, err := ParseConfig("operator.yaml", []byte("subjects:\n  a: {plugin: x, config: {k: \"${NOPE}\"}}\n  b: {plugin: y}\n  c: {}\n"), environ())
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := config.Subjects[0], config.Subjects[1], config.Subjects[2]
	if a.Err != nil || a.ConfigErr == nil || b.Check() != nil || c.Err == nil {
		t.Errorf("a: %v, %v; b: %v; c: %v", a.Err, a.ConfigErr, b.Check(), c.Err)
	}
	if _, err := config.Entry("bb"); protocol.CodeOf(err) != protocol.NotFound ||
		!strings.Contains(err.Error(), `no subject "bb"; did you mean b?; it has: a, b, c`) {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestFindConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := FindConfig("", environ()); protocol.CodeOf(err) != protocol.NotFound || !strings.Contains(err.Error(), "--config") {
		t.Errorf("without any: %v", err)
	}
	if err := os.WriteFile(DefaultFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		reason, flag string
		vars         []string
		want         string
	}{
		"flag":    {"the flag is first", "f.yaml", []string{"OPERATOR_CONFIG=e.yaml"}, "f.yaml"},
		"env":     {"then the environment", "", []string{"OPERATOR_CONFIG=e.yaml"}, "e.yaml"},
		"default": {"then the folder", "", nil, DefaultFile},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := FindConfig(c.flag, environ(c.vars...)); got != c.want || err != nil {
				t.Errorf("%s: %q, %v", c.reason, got, err)
			}
		})
	}
	if _, err := ReadConfig("nope.yaml", environ()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
