//go:build unix

package plugin_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Whatever is printed past what replaces standard output is drained, and never
// keeps the plugin waiting.
func TestStandardOutputIsDrained(t *testing.T) {
	log := &recorder{level: slog.LevelInfo}
	subject, p := load(t, fakeConfig{Observe: "print", Bytes: 4 << 20}, func(o *plugin.Options) { o.Logger = slog.New(log) })
	if _, err := subject.Observe(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	compare(t, "the log", []string{"INFO " + strings.Repeat("x", 64<<10) + "... (cut)"}, log.all())
}

// A plugin that writes more than anybody can read is cut short, and that is
// said.
func TestLogIsThrottled(t *testing.T) {
	log := &recorder{level: slog.LevelInfo}
	subject, p := load(t, fakeConfig{Observe: "flood", Bytes: 50_000}, func(o *plugin.Options) { o.Logger = slog.New(log) })
	_, _ = subject.Observe(within(t, patience))
	<-p.Done()
	eventually(t, "the end is logged", func() bool {
		all := log.all()
		return strings.HasPrefix(all[len(all)-1], "ERROR the plugin's process ended by itself")
	})
	all := log.all()
	if len(all) > 25_000 { // 2,000, and 500 for every second that it takes
		t.Errorf("%d records", len(all))
	}
	if said := all[len(all)-2]; !strings.HasPrefix(said, "WARN lines of the plugin's log were dropped") {
		t.Errorf("before the end is logged: %q", said)
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "why it died") {
		t.Errorf("the last words are lost: %v", err)
	}
}

// What a plugin says in headers is bounded as everything is.
func TestHeadersAreBounded(t *testing.T) {
	nothingLeft(t)
	opts := pluginOptions()
	opts.Env, opts.DisableMTLS = append(opts.Env, modeVariable+"=fat_headers"), true
	p, err := plugin.Launch(within(t, patience), opts)
	if err == nil {
		_ = p.Close()
		t.Fatal("no error")
	}
	t.Log(err)
	if code := protocol.CodeOf(err); code != protocol.Internal && code != protocol.Unavailable {
		t.Errorf("got %v", err)
	}
}
