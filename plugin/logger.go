package plugin

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/hashicorp/go-hclog"
)

// stdout and stderr are as the process was given them: go-plugin replaces
// os.Stdout and os.Stderr when it serves.
var stdout, stderr = os.Stdout, os.Stderr

// Logger returns a logger whose records the host takes over into its own log,
// level, time, attributes and groups included. It writes to standard error, in
// go-hclog's JSON, which hosts of go-plugin read there. The host decides which
// levels it keeps. It may be called at any time and any number of times.
func Logger() *slog.Logger { return newLogger(stderr) }

func newLogger(w io.Writer) *slog.Logger {
	return slog.New(hostHandler{slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level:       slog.LevelDebug - 4, // go-hclog's trace
		ReplaceAttr: asHCLog,
	}), false})
}

// asHCLog gives the record's own fields go-hclog's names.
func asHCLog(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	if len(a.Key) > 0 && a.Key[0] == ours {
		return slog.Attr{Key: a.Key[1:], Value: a.Value}
	}
	switch a.Key {
	case slog.TimeKey:
		if a.Value.Kind() == slog.KindTime {
			return slog.String("@timestamp", a.Value.Time().Format(hclog.TimeFormatJSON))
		}
	case slog.LevelKey:
		if level, ok := a.Value.Any().(slog.Level); ok {
			return slog.String("@level", levelName(level))
		}
	case slog.MessageKey:
		return slog.Attr{Key: "@message", Value: a.Value}
	}
	return a
}

func levelName(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warn"
	case level >= slog.LevelInfo:
		return "info"
	case level >= slog.LevelDebug:
		return "debug"
	default:
		return "trace"
	}
}

// ours marks the key of an attribute that ReplaceAttr could not tell from a
// field of the record itself. No key begins with it otherwise.
const ours = '\x00'

// hostHandler marks the attributes that are called time, level or msg: whoever
// logs level=3 does not mean the record's level.
type hostHandler struct {
	slog.Handler

	grouped bool // attributes are in a group, where there is nothing to confuse
}

// Handle implements slog.Handler.
func (h hostHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.grouped {
		return h.Handler.Handle(ctx, r)
	}
	marked := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		marked.AddAttrs(mark(a))
		return true
	})
	return h.Handler.Handle(ctx, marked)
}

// WithAttrs implements slog.Handler.
func (h hostHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if !h.grouped {
		attrs = each(attrs, mark)
	}
	return hostHandler{h.Handler.WithAttrs(attrs), h.grouped}
}

// WithGroup implements slog.Handler.
func (h hostHandler) WithGroup(name string) slog.Handler {
	return hostHandler{h.Handler.WithGroup(name), h.grouped || name != ""}
}

func mark(a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, slog.LevelKey, slog.MessageKey:
		a.Key = string(ours) + a.Key
	case "@timestamp", "@level", "@message", "@module":
		a.Key = a.Key[1:]
		return mark(a)
	case "": // a group without a name is in its parent
		if a.Value.Kind() == slog.KindGroup {
			a.Value = slog.GroupValue(each(a.Value.Group(), mark)...)
		}
	}
	return a
}
