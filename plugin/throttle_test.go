package plugin

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestThrottle(t *testing.T) {
	t.Parallel()
	type step struct {
		after   time.Duration
		lines   int
		size    int // of each, in bytes
		pass    int
		dropped int
	}
	tests := map[string]struct {
		reason string
		steps  []step
	}{
		"Burst":   {"Many may come at once.", []step{{0, 2000, 0, 2000, 0}}},
		"TooMany": {"And no more.", []step{{0, 5000, 0, 2000, 3000}}},
		"Resumes": {"It resumes when a second's worth may pass.", []step{{0, 3000, 0, 2000, 1000}, {990 * time.Millisecond, 10, 0, 0, 10}, {10 * time.Millisecond, 10, 0, 10, 0}}},
		"Steady":  {"A rate that lasts is never cut.", []step{{0, 2000, 0, 2000, 0}, {time.Second, 500, 0, 500, 0}, {time.Second, 500, 0, 500, 0}}},
		"Long":    {"A long line is as many as it has KiB.", []step{{0, 100, 64 << 10, 31, 69}}},
		"Full":    {"Silence does not save up.", []step{{time.Hour, 3000, 0, 2000, 1000}}},
		"Back":    {"A clock that goes back does no harm.", []step{{-time.Hour, 2000, 0, 2000, 0}, {time.Second, 500, 0, 500, 0}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
			throttle := newThrottle(func() time.Time { return now })
			for i, s := range tc.steps {
				now = now.Add(s.after)
				pass := 0
				for range s.lines {
					if throttle.open() {
						throttle.spend(s.size)
						pass++
					}
				}
				if dropped := throttle.takeDropped(); pass != s.pass || dropped != s.dropped {
					t.Errorf("%s: step %d: %d passed and %d were dropped, want %d and %d", tc.reason, i, pass, dropped, s.pass, s.dropped)
				}
			}
		})
	}
}

// What is dropped is said once, when lines pass again, and its last words are
// words nevertheless.
func TestThrottledLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		log := newPluginLog(t.Context(), slog.New(slog.NewTextHandler(&b, nil)))
		write := func(lines int) {
			for i := range lines {
				log.line(fmt.Appendf(nil, "line %d", i))
			}
		}
		write(burstLines + 100)
		log.line([]byte(`{"@message":"too quiet","@level":"debug"}`))
		if got := log.lastWords(); got != "line 2098; line 2099; too quiet" {
			t.Errorf("last words: %q", got)
		}
		time.Sleep(time.Second)
		write(2)
		want := []string{"line 1998", "line 1999", "dropped=101", "line 0", "line 1"}
		lines := strings.Split(strings.TrimSpace(b.String()), "\n")
		for i, line := range lines[max(len(lines)-len(want), 0):] {
			if !strings.Contains(line, want[i]) {
				t.Errorf("got %q, want %q", line, want[i])
			}
		}
		write(burstLines)
		log.finish()
		if !strings.HasSuffix(strings.TrimSpace(b.String()), "dropped=1502") {
			t.Errorf("at the end: %q", b.String()[b.Len()-200:])
		}
		for range 3 * burstLines { // what the host does not want costs nothing
			time.Sleep(time.Millisecond)
			log.line([]byte(`{"@message":"quiet","@level":"debug"}`))
		}
		log.line([]byte("the last line"))
		if !strings.Contains(b.String(), "the last line") {
			t.Error("lines that nobody wanted have taken the place of another")
		}
	})
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain é \\ \"x\" 日本":                "plain é \\ \"x\" 日本",
		"\x1b[31mred\x1b[0m":                 "red",
		"a\x1b[1;2;3:4 qb":                   "ab",
		"a\x1b]0;owned\x07b":                 "ab",
		"a\x1b]8;;http://x\x1b\\b":           "ab",
		"a\u009b2Jb":                         "ab",
		"a\u009d0;owned\u009cb":              "ab",
		"a\x1bPq#0\x1b\\b":                   "ab",
		"a\x1b(Bb\x1b7c\x1bMd":               "abcd",
		"a\x1b]never ends":                   "a]never ends",
		"a\x1b":                              "a",
		"a\x1b[":                             "a[",
		"a\nb\r\nc\td":                       "a b c d",
		"a\x00\x07\x08\x7f\u0085b":           "ab",
		"a\u202eb\u2066c\u2028d":             "abc d",
		"\x1b[\x1b[31m31mx":                  "[31mx",
		strings.Repeat("\x1b[31m", 1000):     "",
		"a\x1b]0;" + strings.Repeat("x", 99): "a]0;" + strings.Repeat("x", 99),
	} {
		if got := plain(in); got != want {
			t.Errorf("plain(%q): got %q, want %q", in, got, want)
		}
	}
}

// Not the message alone is shown in a terminal.
func TestRecordsArePlain(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	log := newPluginLog(t.Context(), slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if strings.ContainsFunc(a.Key+a.Value.String(), isUnfit) {
			t.Errorf("%q has reached the logger", a)
		}
		return a
	}})))
	for _, line := range []string{
		"\x1b[31ma line\x1b]0;x\x07",
		`{"@message":"\u001b[31mm","\u001b[1mk":"\u001b[2Jv","g":{"\u0007":["` + "\x7f" + `"],"h":{"\u009bm":"\u202e"}}}`,
		`{"@message":"m","@module":"\u001b[31mx","a":{"a":{"a":{"a":{"a":{"` + "\u009b" + `a":1}}}}}}`,
	} {
		log.line([]byte(line))
		log.aside([]byte(line))
	}
	if strings.Count(b.String(), "\n") != 3 || strings.ContainsAny(b.String(), "\x1b\x07\x7f\u009b") {
		t.Errorf("got %q", b.String())
	}
}
