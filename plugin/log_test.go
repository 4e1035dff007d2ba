//go:build unix

package plugin_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// A recorder is a host's log that a test can read.
type recorder struct {
	level slog.Level

	mu      sync.Mutex
	records []string
	times   []time.Time
}

// Enabled implements slog.Handler.
func (r *recorder) Enabled(_ context.Context, level slog.Level) bool { return level >= r.level }

// Handle implements slog.Handler.
func (r *recorder) Handle(_ context.Context, record slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", record.Level, record.Message)
	record.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %s=%s:%v", a.Key, a.Value.Kind(), a.Value)
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records, r.times = append(r.records, b.String()), append(r.times, record.Time)
	return nil
}

// WithAttrs implements slog.Handler.
func (r *recorder) WithAttrs([]slog.Attr) slog.Handler { return r }

// WithGroup implements slog.Handler.
func (r *recorder) WithGroup(string) slog.Handler { return r }

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

func TestLog(t *testing.T) {
	log := &recorder{level: slog.LevelDebug - 4}
	start := time.Now()
	subject, p := load(t, fakeConfig{Observe: "log"}, func(o *plugin.Options) { o.Logger = slog.New(log) })
	before := len(log.all())
	if _, err := subject.Observe(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`ERROR an error level=Int64:3 subject=String:fake msg=String:not the message time=String:noon n=Int64:1152921504606846976 f=Float64:0.5 ok=Bool:true none=Any:<nil>`,
		"DEBUG a \"group\" of two lines level=Int64:3 subject=String:fake g=Group:[level=deep took=1000000000]",
		`DEBUG-4 a trace level=Int64:3 subject=String:fake list=String:[1,2] level=String:fake`,
		`INFO a line`,
		`INFO a printed line`,
		`INFO a logged line`,
		`INFO {"@message":5}`,
		`INFO {"@message":null,"@level":7}`,
		`INFO odd level @level=String:["error"] @timestamp=Int64:3`,
		`INFO [1]`,
		`INFO {"@message":`,
		"INFO \uFFFD",
		`INFO ` + strings.Repeat("y", 64<<10) + `... (cut)`,
		`INFO {"@message":"` + strings.Repeat("z", 64<<10-13) + `... (cut)`,
		`INFO no end`,
		`INFO the last line`,
	}
	// Standard error comes by a pipe, and what is printed over the connection.
	for _, w := range want {
		eventually(t, fmt.Sprintf("the log has %.80q; it has %.2000q", w, log.all()[before:]), func() bool { return slices.Contains(log.all(), w) })
	}
	written := slices.DeleteFunc(log.all()[before:], func(r string) bool { return strings.Contains(r, "stdio") })
	compare(t, "all of it, and nothing else", want, written, cmpopts.SortSlices(strings.Compare))
	log.mu.Lock()
	for i, at := range log.times {
		if at.Before(start.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("record %q is of %s", log.records[i], at)
		}
	}
	log.mu.Unlock()

	if err := p.Close(); err != nil {
		t.Error(err)
	}
	closed := len(log.all())
	_, _ = subject.Observe(within(t, patience))
	if got := log.all()[closed:]; len(got) > 0 {
		t.Errorf("logged after Close: %q", got)
	}
}

func TestLogOfUnexpectedEnd(t *testing.T) {
	log := &recorder{level: slog.LevelInfo}
	subject, p := load(t, fakeConfig{Observe: "die"}, func(o *plugin.Options) { o.Logger = slog.New(log) })
	_, _ = subject.Observe(within(t, patience))
	want := []string{
		"WARN a last record",
		"ERROR panic: a last word",
		fmt.Sprintf("ERROR the plugin's process ended by itself pid=Int64:%d status=String:exit status 7 last_words=String:panic: a last word", p.PID()),
	}
	eventually(t, "the end is logged", func() bool { return len(log.all()) >= len(want) })
	compare(t, "the log", want, log.all())
}

func TestLogOfAnExpectedEnd(t *testing.T) {
	log := &recorder{level: slog.LevelInfo}
	_, p := load(t, fakeConfig{}, func(o *plugin.Options) { o.Logger = slog.New(log) })
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	compare(t, "a plugin that does as it should is silent", nil, log.all())
}

// A host's log that takes no more must not keep Close from returning. What
// could not be finished for it is finished as soon as it goes on.
func TestLogThatHangs(t *testing.T) {
	nothingLeft(t)
	handler := &hangingHandler{release: make(chan struct{}), hanging: make(chan struct{}, 1000)}
	opts := pluginOptions()
	opts.Logger, opts.CloseTimeout = slog.New(handler), 500*time.Millisecond
	subject, p, err := plugin.Load(within(t, patience), opts, fakeConfig{Observe: "log"}.json())
	if err != nil {
		t.Fatal(err)
	}
	var call sync.WaitGroup
	call.Go(func() { _, _ = subject.Observe(within(t, patience)) })
	<-handler.hanging
	start := time.Now()
	if err := p.Close(); err == nil {
		t.Error("Close says that all is over")
	}
	if took := time.Since(start); took > patience/2 {
		t.Errorf("took %s", took)
	}
	close(handler.release)
	call.Wait()
	eventually(t, "the process is gone", func() bool { return !exists(p.PID()) })
}

type hangingHandler struct {
	recorder

	release, hanging chan struct{}
}

// Handle implements slog.Handler.
func (h *hangingHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		h.hanging <- struct{}{}
		<-h.release
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (h *hangingHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
