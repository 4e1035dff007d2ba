package plugin

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Options say how to start a plugin.
type Options struct {
	// Path is the plugin's binary: a path, or a name to look up in PATH.
	Path string
	// Args are its arguments.
	Args []string
	// Env adds to the few variables that a plugin gets (PATH, HOME, TMPDIR, the
	// proxy settings and their like): "NAME=value", or "NAME" to pass on the
	// host's.
	Env []string
	// Logger takes the plugin's log and what the boundary has to say. Nil
	// discards both.
	Logger *slog.Logger
	// StartTimeout bounds starting the binary up to its definition, 10 s if
	// zero. The context of Launch may end it sooner.
	StartTimeout time.Duration
	// CloseTimeout bounds Close, 2 s if zero: half of it for the plugin to end
	// by itself, the rest for ending it.
	CloseTimeout time.Duration
}

// withDefaults resolves the path and fills in what is zero.
func (o Options) withDefaults() (Options, error) {
	if o.Path == "" {
		return o, &protocol.Error{
			Code:    protocol.InvalidArgument,
			Message: "start plugin",
			Fields:  []protocol.FieldError{{Path: "plugin", Message: "no path to a binary is given"}},
		}
	}
	path, err := exec.LookPath(o.Path)
	if err != nil {
		return o, &protocol.Error{
			Code:    protocol.NotFound,
			Message: fmt.Sprintf("start plugin %s: %v; build or install it, or correct its path", o.Path, lookPathCause(err)),
			Err:     err,
		}
	}
	o.Path = path
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.StartTimeout <= 0 {
		o.StartTimeout = 10 * time.Second
	}
	if o.CloseTimeout <= 0 {
		o.CloseTimeout = 2 * time.Second
	}
	return o, nil
}

// lookPathCause drops the path, which the message has already.
func lookPathCause(err error) error {
	if e, ok := err.(*exec.Error); ok { //nolint:errorlint // LookPath returns this very type
		if os.IsNotExist(e.Err) {
			return os.ErrNotExist
		}
		return e.Err
	}
	return err
}
