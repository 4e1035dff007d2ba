package api

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhole(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   int64
		ok     bool
	}{
		"0":                    {"An integer.", 0, true},
		"-0":                   {"The same.", 0, true},
		"9007199254740993":     {"One that no float can hold.", 9007199254740993, true},
		"-9223372036854775808": {"The smallest.", math.MinInt64, true},
		"9223372036854775808":  {"One that is too large is larger than any bound.", math.MaxInt64, true},
		"-1e400":               {"Or smaller.", math.MinInt64, true},
		"1e400":                {"Even where no float holds it.", math.MaxInt64, true},
		"5.0":                  {"Without a fraction.", 5, true},
		"5e2":                  {"With an exponent.", 500, true},
		"5.5":                  {"A fraction is none.", 0, false},
		"5e-1":                 {"However it is written.", 0, false},
		`"5"`:                  {"Text is none.", 0, false},
		"true":                 {"Nor a truth.", 0, false},
		"[5]":                  {"Nor a list.", 0, false},
	}
	for raw, tc := range cases {
		if got, ok := whole(json.RawMessage(raw)); got != tc.want || ok != tc.ok {
			t.Errorf("%s\nwhole(%s) = %d, %t; want %d, %t", tc.reason, raw, got, ok, tc.want, tc.ok)
		}
	}
}

// A JSON text either has a lone surrogate or is decoded without loss.
func FuzzLoneSurrogate(f *testing.F) {
	for _, s := range []string{`\ud800`, `\udc00`, `\ud83d\udd11`, `\ud83d\ud83d\udd11`, `\\ud800`, `\\\ud800`, `\ufffd`, `\uD83D\uDD11x`, `a`, `\ud800x`, `\"\ud800`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inside string) {
		raw := []byte(`"` + inside + `"`)
		if !json.Valid(raw) || !utf8.Valid(raw) {
			return
		}
		var decoded string
		if err := json.Unmarshal(raw, &decoded); err != nil {
			t.Fatal(err)
		}
		// What stands for U+FFFD itself, in either way of writing it; a
		// backslash that is escaped begins no escape.
		meant := strings.ReplaceAll(inside, `\\`, "")
		meant = strings.ToLower(meant)
		replaced := strings.Count(decoded, "\ufffd") - strings.Count(meant, "\ufffd") - strings.Count(meant, `\ufffd`)
		if got := hasLoneSurrogate(raw); got != (replaced > 0) {
			t.Errorf("hasLoneSurrogate(%s) = %t, but %d characters were replaced", raw, got, replaced)
		}
	})
}
