package host

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAliases(t *testing.T) {
	config, wrong := parse(t, `
subjects:
  a:
    plugin: x
    config: &shared
      url: ${URL}
      deep: &deep {n: 1}
  b:
    plugin: x
    config:
      <<: [*shared, {url: other, more: 2}]
      deep: *deep
`, "URL=u")
	if wrong != "" {
		t.Fatal(wrong)
	}
	if got, want := string(config.Subjects[1].Config), `{"deep":{"n":1},"url":"u","more":2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBombsAreRefused(t *testing.T) {
	laughs := "subjects:\n  a:\n    plugin: x\n    config:\n      l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
	for i := 1; i < 9; i++ {
		l, m := string(rune('a'+i)), string(rune('a'+i-1))
		if i == 1 {
			m = "l0"
		}
		laughs += "      " + l + ": &" + l + " [*" + m + strings.Repeat(", *"+m, 8) + "]\n"
	}
	cases := map[string]struct{ reason, in string }{
		"aliases":    {"a few lines that name each other into billions", laughs},
		"cycle":      {"an anchor within itself", "subjects:\n  a:\n    plugin: x\n    config: &c {me: [*c, *c]}\n"},
		"long text":  {"a long text, many times", "subjects:\n  a:\n    plugin: x\n    config:\n      t: &t " + strings.Repeat("x", 500_000) + "\n      l: [*t" + strings.Repeat(", *t", 50) + "]\n"},
		"depth":      {"brackets without end", "subjects:\n  a: {plugin: x, config: {a: " + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}}\n"},
		"long paths": {"a long key with much under it", "subjects:\n  a:\n    plugin: x\n    config: {? " + strings.Repeat("x", 100_000) + " : [" + strings.Repeat("1,", 50_000) + "]}\n"},
		"large file": {"more than a megabyte", strings.Repeat("# comment\n", 200_000)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, wrong := parse(t, c.in)
			if !strings.Contains(wrong, "too large or too deep") && !strings.Contains(wrong, "is larger than") {
				t.Errorf("%s is accepted: %.200q", c.reason, wrong)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// Whatever is in the environment, the document keeps its shape.
func TestExpansionCannotChangeTheStructure(t *testing.T) {
	const text = "subjects:\n  a:\n    plugin: x\n    config:\n      v: ${V}\n      w: \"pre-${V}-post\"\n      list: [\"${V}\"]\n"
	for _, value := range []string{
		"x\n    timeout: 1s", "x}", "]", "\" , evil: \"", "# comment", "&a", "*a", "!!binary x", "{a: b}", "- a", "null", "~", "yes",
		"${V}", "${OTHER}", "$$", "\x00", "\x1b[31m", "0777", "1_000", "0x10", ".inf", "2020-01-01", "", "'", "|\n x", "<<", "\u2028", "日本",
	} {
		config, wrong := parse(t, text, "V="+value, "OTHER=other")
		if wrong != "" {
			t.Errorf("%q: %s", value, wrong)
			continue
		}
		want, err := json.Marshal(map[string]any{"v": value, "w": "pre-" + value + "-post", "list": []string{value}})
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(want, &a) != nil || json.Unmarshal(config.Subjects[0].Config, &b) != nil {
			t.Fatalf("%s is no JSON", config.Subjects[0].Config)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}
