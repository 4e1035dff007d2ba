package plugin

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLineWriter(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine)
	tests := map[string]struct {
		reason string
		in     []string
		want   []string
	}{
		"Lines":    {"A line for each line.", []string{"a\nb\n"}, []string{"a", "b"}},
		"Pieces":   {"However it is cut.", []string{"a", "b\nc", "", "\n"}, []string{"ab", "c"}},
		"NoEnd":    {"The last needs no end.", []string{"a\nb"}, []string{"a", "b"}},
		"Empty":    {"Empty ones are none.", []string{"\n\n", "a\n", "\n"}, []string{"a"}},
		"Longest":  {"The bound is within it.", []string{long, "\na\n"}, []string{long, "a"}},
		"TooLong":  {"What is over it is dropped, and the next line is whole.", []string{long, "yyy", "zzz\na\n"}, []string{long + "... (cut)", "a"}},
		"AtOnce":   {"Also in one piece.", []string{long + "yyy\na\n"}, []string{long + "... (cut)", "a"}},
		"LongRest": {"Also at the end.", []string{long + "y"}, []string{long + "... (cut)"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			w := &lineWriter{line: func(line []byte) { got = append(got, string(line)) }}
			for _, piece := range tc.in {
				if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
					t.Errorf("wrote %d of %d, %v", n, len(piece), err)
				}
			}
			w.flush()
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s: got %.100q, want %.100q", tc.reason, got, tc.want)
			}
			if cap(w.rest) > 2*maxLine {
				t.Errorf("%s: %d bytes are kept", tc.reason, cap(w.rest))
			}
		})
	}
}

func TestParseRecord(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		in     string
		level  slog.Level
		want   string // the message and the attributes; "" for no record
	}{
		"Message":   {"The least that a record has.", `{"@message":"m"}`, slog.LevelInfo, "m"},
		"Level":     {"go-hclog's levels.", `{"@message":"m","@level":"warn"}`, slog.LevelWarn, "m"},
		"Trace":     {"slog has no name for the lowest.", `{"@level":"trace","@message":"m"}`, slog.LevelDebug - 4, "m"},
		"OddLevel":  {"A level that nobody knows is worth a look.", `{"@message":"m","@level":"loud"}`, slog.LevelInfo, "m"},
		"LevelType": {"A level that is none is an attribute.", `{"@message":"m","@level":7}`, slog.LevelInfo, "m @level=7"},
		"Order":     {"Attributes keep their order and their types.", `{"z":1,"@message":"m","a":-2.5,"b":true,"c":null}`, slog.LevelInfo, "m z=1 a=-2.5 b=true c=<nil>"},
		"Module":    {"go-hclog's name of a logger.", `{"@message":"m","@module":"x.y"}`, slog.LevelInfo, "m module=x.y"},
		"Group":     {"Objects are groups.", `{"@message":"m","g":{"a":1,"h":{"b":"x"}}}`, slog.LevelInfo, "m g=[a=1 h=[b=x]]"},
		"Deep":      {"Down to a depth.", `{"@message":"m","a":{"a":{"a":{"a":{"a":1}}}}}`, slog.LevelInfo, `m a=[a=[a=[a=[a=1]]]]`},
		"TooDeep":   {"And what is deeper is text.", `{"@message":"m","a":{"a":{"a":{"a":{"a":{"a":1}}}}}}`, slog.LevelInfo, `m a=[a=[a=[a=[a={"a":1}]]]]`},
		"List":      {"Lists are text.", `{"@message":"m","l":[1,{"a":2}]}`, slog.LevelInfo, `m l=[1,{"a":2}]`},
		"Huge":      {"Numbers that are too large are text.", `{"@message":"m","i":99999999999999999999,"f":1e999}`, slog.LevelInfo, "m i=1e+20 f=1e999"},
		"Time":      {"A time that is none is left out.", `{"@message":"m","@timestamp":"noon"}`, slog.LevelInfo, "m"},
		"NoMessage": {"JSON of somebody else's.", `{"level":"info","msg":"m"}`, 0, ""},
		"Number":    {"What go-plugin would panic on.", `{"@message":5}`, 0, ""},
		"Null":      {"And on this.", `{"@message":null}`, 0, ""},
		"Array":     {"No object.", `["@message"]`, 0, ""},
		"Cut":       {"No JSON.", `{"@message":"m"`, 0, ""},
		"More":      {"More than an object.", `{"@message":"m"} x`, 0, ""},
		"Empty":     {"Nothing.", ``, 0, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record, ok := parseRecord([]byte(tc.in))
			if !ok {
				if tc.want != "" {
					t.Errorf("%s: no record", tc.reason)
				}
				return
			}
			got := record.Message
			record.Attrs(func(a slog.Attr) bool {
				got += " " + a.String()
				return true
			})
			if got != tc.want || record.Level != tc.level {
				t.Errorf("%s: got %s %q, want %s %q", tc.reason, record.Level, got, tc.level, tc.want)
			}
		})
	}
}

// What a plugin logs is what the host reads.
func TestLoggerRoundTrip(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 1, 12, 0, 0, 123456000, time.UTC)
	tests := map[string]struct {
		reason string
		level  slog.Level
		with   func(*slog.Logger) *slog.Logger
		attrs  []slog.Attr
		want   string
	}{
		"Plain":  {"A message.", slog.LevelWarn, nil, nil, "WARN m"},
		"Levels": {"Levels between have the one below.", slog.LevelError - 1, nil, nil, "WARN m"},
		"Low":    {"Even the lowest.", slog.LevelDebug - 4, nil, nil, "DEBUG-4 m"},
		"Names": {
			"Attributes that are called as the record's fields are attributes.", slog.LevelError, nil,
			[]slog.Attr{slog.Int("level", 3), slog.String("time", "noon"), slog.Any("msg", nil), slog.Time("time", at)},
			"ERROR m level=3 time=noon msg=<nil> time=2026-03-01T12:00:00.123456Z",
		},
		"OurNames": {
			"Not even those that are called as on the wire.", slog.LevelInfo, nil,
			[]slog.Attr{slog.Int("@level", 3), slog.String("@message", "x"), slog.String("@timestamp", "x"), slog.String("@module", "x")},
			"INFO m level=3 message=x timestamp=x module=x",
		},
		"With": {
			"Nor those that come before.", slog.LevelInfo, func(l *slog.Logger) *slog.Logger { return l.With("level", "x") },
			[]slog.Attr{slog.Int("a", 1)},
			"INFO m level=x a=1",
		},
		"Group": {
			"In a group there is nothing to confuse.", slog.LevelInfo,
			func(l *slog.Logger) *slog.Logger { return l.WithGroup("g").With("msg", 1) },
			[]slog.Attr{slog.Int("level", 2)},
			"INFO m g=[msg=1 level=2]",
		},
		"NoGroup": {
			"A group without a name is none.", slog.LevelInfo, func(l *slog.Logger) *slog.Logger { return l.WithGroup("") },
			[]slog.Attr{slog.Group("", slog.Int("level", 2)), slog.Group("g", slog.Int("level", 3))},
			"INFO m level=2 g=[level=3]",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			logger := newLogger(&b)
			if tc.with != nil {
				logger = tc.with(logger)
			}
			record := slog.NewRecord(at, tc.level, "m", 0)
			record.AddAttrs(tc.attrs...)
			if err := logger.Handler().Handle(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			back, ok := parseRecord(b.Bytes())
			if !ok || !back.Time.Equal(at) {
				t.Fatalf("%s: %q, %t, of %s", tc.reason, b.String(), ok, back.Time)
			}
			got := back.Level.String() + " " + back.Message
			back.Attrs(func(a slog.Attr) bool {
				got += " " + a.String()
				return true
			})
			if got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestLastWords(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		lines  []string
		want   string
	}{
		"None":    {"Nothing was written.", nil, ""},
		"Last":    {"The last lines tell most.", []string{"a", "b", " ", "c", "d"}, "b; c; d"},
		"Record":  {"Of a record it is the message.", []string{`{"@message":"m","n":1}`}, "m"},
		"Crash":   {"Of a crash the first.", []string{"a", "panic: b", "", "goroutine 1 [running]:", "main.main()", "x.go:1"}, "panic: b; goroutine 1 [running]:; main.main()"},
		"Hostile": {"A terminal must not obey them.", []string{"\x1b[2J\xff\u202e"}, `\x1b[2J�\u202e`},
		"Long":    {"They are bounded.", []string{strings.Repeat("a", 1000)}, strings.Repeat("a", maxPrintable/maxWords) + "..."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newPluginLog(t.Context(), slog.New(slog.DiscardHandler))
			for _, line := range tc.lines {
				l.line([]byte(line))
			}
			if got := l.lastWords(); got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

// Goroutines that nobody waits for must not find a logger that is gone.
func TestClosedLogIsSilent(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := newPluginLog(t.Context(), slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})))
	w, hc := l.writer(), newHCLog(l)
	l.close()
	_, _ = io.WriteString(w, "a\n{\"@message\":\"m\"}\n")
	hc.Error("e")
	l.unexpectedEnd(1, "exit status 1")
	if b.Len() > 0 {
		t.Errorf("logged after it was closed: %s", b.String())
	}
}

// go-plugin's own records, debugging or not, are at debug or below.
func TestGoPluginsOwnRecords(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	handler := slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug - 4, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	cancel()
	log := newPluginLog(ctx, slog.New(handler))
	logger := newHCLog(log).Named("x").With("a", 1)
	logger.Error("e", "error", io.EOF)
	logger.Trace("t")
	want := "level=DEBUG msg=e module=x a=1 error=EOF\nlevel=DEBUG-4 msg=t module=x a=1\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if log.ctx.Err() != nil || log.ctx.Value(key{}) != "value" {
		t.Error("the log's context has an end, or has lost its values")
	}
	if newHCLog(newPluginLog(t.Context(), slog.New(slog.NewTextHandler(&b, nil)))).IsError() {
		t.Error("it is made up though nobody listens")
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain é":                         "plain é",
		"a \"b\" \\c":                     `a "b" \\c`,
		"\x00\n\x1b\u200b":                `\x00\n\x1b\u200b`,
		strings.Repeat("é", 300):          strings.Repeat("é", 256) + "...",
		"x" + strings.Repeat("é", 300):    "x" + strings.Repeat("é", 255) + "...",
		strings.Repeat("\xff", 1<<20):     "�...",
		strings.Repeat("a", maxPrintable): strings.Repeat("a", maxPrintable),
	} {
		if got := printable(in); got != want {
			t.Errorf("printable(%.20q): got %q, want %q", in, got, want)
		}
	}
}
