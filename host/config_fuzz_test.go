package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// secretToken is in every variable of the environment, and nowhere in a file.
const secretToken = "hunter2-Zq8vTk3Xw9"

// FuzzParseConfig reads any text in any environment. Each thing that is wrong has
// its place in the file and is said without anything from the environment; and
// what is right is the same when it is written down and read again.
func FuzzParseConfig(f *testing.F) {
	const whole = "subjects:\n  a:\n    plugin: ./${P}\n    args: [--x, 3, \"${A}\"]\n    env: [HOME, \"L=${A}\"]\n    sha256: " +
		sumA + "\n    limits: {memory: 512MiB, cpu: 1m}\n    restarts: {max: 3, within: 1m}\n    interval: 5s\n    timeout: 250ms\n" +
		"    insecure: true\n    mtls: false\n    config:\n      url: ${U}\n      d: \"$$ ${U:-x}\"\n      n: [1.50, 0x1F, .5, 1_000, -0, 1e400, 12345678901234567890]\n      t: 2020-01-01\n      '<<': ~\n"
	f.Add(whole, "", "")
	for _, field := range []string{
		"plugin", "args", "env", "sha256", "insecure", "mtls", "limits", "restarts", "interval", "timeout", "config", "plugni", "config: {a: ",
		"limits: {memory", "restarts: {max", "args: [a, ",
	} {
		f.Add("subjects:\n  a:\n    plugin: x\n    "+field+": ${V}\n", "1", "")
		f.Add("subjects:\n  a:\n    plugin: x\n    "+field+": \"${V}${W:-\"\n", "", "=")
	}
	for _, text := range []string{
		"", " \n# x\n", "---\n", "--- ~\n", "\ufeffsubjects: {a: {plugin: x}}", "a: b: c", "subjects: [", "subjects:\r  a:\r    plugin: ${}\r", "\x00", "\xff", "\xfe\xff", "a\u2028b: [", "%YAML 9.9\n--- {}",
		"subjects:\n  a:\n    plugin: ${P}\n    config: &x {a: [1, *x], <<: *x}\n", "subjects: {a: {plugin: x, env: [A=1], interval: 5s}}", "a: &a\n  <<: *a\n", "*a", "? {a: b}\n: c\n",
		"subjects: &s\n  a: &a {plugin: x, config: {k: !!binary ${B}}}\n  b:\n    <<: [*a, {timeout: ${T}}]\n...\n---\n",
	} {
		f.Add(text, "\x1b", "\n")
	}
	f.Fuzz(func(t *testing.T, text, before, after string) {
		if strings.Contains(text, secretToken[:6]) || strings.Contains(text, secretToken[8:14]) {
			return
		}
		set := func(string) (string, bool) { return before + secretToken + after, true }
		config, err := ParseConfig("f.yaml", []byte(text), set)
		if err != nil {
			mustBePlaced(t, text, err)
			return
		}
		for _, e := range config.Subjects {
			if err := e.Check(); err != nil {
				mustBePlaced(t, text, err)
			}
			if err := e.CheckTrust(); err != nil {
				mustHideSecrets(t, err)
			}
		}
		mustReadAgain(t, config)

		unset, err := ParseConfig("f.yaml", []byte(text), func(string) (string, bool) { return "", false })
		if err == nil && len(unset.Subjects) != len(config.Subjects) {
			t.Fatalf("%q has %d subjects, and without an environment %d", text, len(config.Subjects), len(unset.Subjects))
		}
	})
}

// mustBePlaced fails the test unless everything that is wrong stands somewhere
// in the file and is fit for a terminal.
func mustBePlaced(t *testing.T, text string, err error) {
	t.Helper()
	ce, ok := errors.AsType[*ConfigError](err)
	if !ok || len(ce.Problems) == 0 {
		t.Fatalf("%q: %#v", text, err)
	}
	mustHideSecrets(t, err)
	for _, p := range ce.Problems {
		if (p.Line < 1 || p.Column < 1) && !saysNothing(text) {
			t.Fatalf("%q: %s, which is nowhere", text, p)
		}
		if p.Line > linesOf(text) {
			t.Fatalf("%q: %s, and there are %d lines", text, p, linesOf(text))
		}
		if line := p.String(); len(line) > 2000 || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Fatalf("%q: not a bounded printable line: %q", text, line)
		}
	}
}

func mustHideSecrets(t *testing.T, err error) {
	t.Helper()
	for i := range len(secretToken) - 8 {
		if said := err.Error(); strings.Contains(said, secretToken[i:i+8]) {
			t.Fatalf("a secret is shown: %s", said)
		}
	}
}

// breaks are YAML's line breaks.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func linesOf(text string) int {
	if isUTF16(text) {
		return math.MaxInt
	}
	return strings.Count(breaks.Replace(text), "\n") + 1
}

// isUTF16 tells whether YAML reads a text as UTF-16, whose lines are not counted
// here.
func isUTF16(text string) bool {
	return strings.HasPrefix(text, "\xfe\xff") || strings.HasPrefix(text, "\xff\xfe")
}

// saysNothing tells whether a file has nothing but white space, comments, and
// the marks of YAML's that surround a document.
func saysNothing(text string) bool {
	if isUTF16(text) {
		return true
	}
	for line := range strings.SplitSeq(breaks.Replace(strings.TrimPrefix(text, "\ufeff")), "\n") {
		line = strings.TrimLeft(line, " \t")
		if line != "" && line[0] != '#' && line[0] != '%' && !strings.HasPrefix(line, "...") {
			return false
		}
	}
	return true
}

// mustReadAgain writes those entries down that are right, and reads them in an
// environment that has nothing.
func mustReadAgain(t *testing.T, config *Config) {
	t.Helper()
	var right []Entry
	var text strings.Builder
	text.WriteString("subjects:\n")
	for _, e := range config.Subjects {
		block, ok := written(t, e)
		if e.Check() == nil && ok {
			right = append(right, e)
			text.WriteString(block)
		}
	}
	if len(right) == 0 {
		return
	}
	if text.Len() > maxFileBytes {
		return
	}
	again, err := ParseConfig("elsewhere/g.yaml", []byte(text.String()), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatalf("%s\n%v", text.String(), err)
	}
	for _, e := range again.Subjects {
		if err := e.Check(); err != nil {
			t.Fatalf("%s\n%v", text.String(), err)
		}
	}
	asJSON := cmp.Transformer("JSON", func(raw json.RawMessage) any {
		if len(raw) == 0 {
			return nil
		}
		v, err := decoded(raw)
		if err != nil {
			t.Fatalf("%q is no JSON: %v", raw, err)
		}
		return v
	})
	if diff := cmp.Diff(right, again.Subjects, asJSON, cmpopts.IgnoreUnexported(Entry{})); diff != "" {
		t.Fatalf("%s\n(-want +got):\n%s", text.String(), diff)
	}
}

// written is an entry as a file may have it. It is not ok if no file can: from
// the environment come numbers that YAML takes for text.
func written(t *testing.T, e Entry) (block string, ok bool) {
	t.Helper()
	fields := map[string]any{
		"plugin": e.Plugin, "insecure": e.Insecure, "mtls": !e.DisableMTLS,
		"interval": e.Interval.String(), "timeout": e.Timeout.String(), "sha256": e.SHA256,
		"limits":   map[string]any{"memory": json.Number(strconv.FormatUint(e.Limits.MemoryBytes, 10)), "cpu": e.Limits.CPUTime.String()},
		"restarts": map[string]any{"max": json.Number(strconv.Itoa(e.Restarts.Max)), "within": e.Restarts.Within.String()},
		"args":     e.Args, "env": e.Env,
	}
	for name, absent := range map[string]bool{"sha256": e.SHA256 == "", "args": len(e.Args) == 0, "env": len(e.Env) == 0} {
		if absent {
			fields[name] = nil
		}
	}
	for name, absent := range map[string]bool{"memory": e.Limits.MemoryBytes == 0, "cpu": e.Limits.CPUTime == 0} {
		if absent {
			fields["limits"].(map[string]any)[name] = nil
		}
	}
	for name, absent := range map[string]bool{"max": e.Restarts.Max == 0, "within": e.Restarts.Within == 0} {
		if absent {
			fields["restarts"].(map[string]any)[name] = nil
		}
	}
	if len(e.Config) > 0 {
		config, err := decoded(e.Config)
		if err != nil {
			t.Fatalf("%q is no JSON: %v", e.Config, err)
		}
		fields["config"] = config
	}
	y := yamlWriter{}
	y.value(fields)
	return "  " + strconv.QuoteToASCII(e.Name) + ": " + y.String() + "\n", !y.unwritable
}

// yamlWriter writes YAML in one line, with every text in quotes.
type yamlWriter struct {
	strings.Builder

	unwritable bool
}

func (y *yamlWriter) value(v any) {
	switch v := v.(type) {
	case map[string]any:
		y.WriteByte('{')
		for _, name := range slices.Sorted(maps.Keys(v)) {
			y.WriteString(strconv.QuoteToASCII(name) + ": ")
			y.value(v[name])
			y.WriteString(", ")
		}
		y.WriteByte('}')
	case []any:
		y.WriteByte('[')
		for _, item := range v {
			y.value(item)
			y.WriteString(", ")
		}
		y.WriteByte(']')
	case []string:
		items := make([]any, len(v))
		for i := range v {
			items[i] = v[i]
		}
		y.value(items)
	case string:
		y.WriteString(strconv.QuoteToASCII(strings.ReplaceAll(v, "$", "$$")))
	case json.Number:
		if _, err := v.Float64(); err != nil {
			y.unwritable = true
		}
		y.WriteString(v.String())
	case nil:
		y.WriteByte('~')
	default:
		fmt.Fprint(y, v)
	}
}

// decoded decodes the one JSON document in raw, in which no field may be twice.
func decoded(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	v, err := next(dec)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	return v, err
}

func next(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := map[string]any{}
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key, _ := name.(string)
			if _, twice := object[key]; twice {
				return nil, fmt.Errorf("%q is there twice", key)
			}
			if object[key], err = next(dec); err != nil {
				return nil, err
			}
		}
		_, err = dec.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			item, err := next(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err = dec.Token()
		return list, err
	default:
		return token, nil
	}
}
