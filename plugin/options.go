package plugin

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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
	// when asked, the rest for ending it.
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
		return o, lookPathError(o.Path, err)
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

func lookPathError(path string, err error) error {
	e := &protocol.Error{Err: err}
	cause := withoutPath(err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Code = protocol.PermissionDenied
		e.Message = fmt.Sprintf("start plugin %s: %v; make it executable (chmod +x)", path, cause)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		e.Code = protocol.NotFound
		e.Message = fmt.Sprintf("start plugin %s: %v; build or install it, or correct its path", path, cause)
	default: // a directory; or a name that PATH has in the working directory
		e.Code = protocol.InvalidArgument
		e.Message = fmt.Sprintf("start plugin %s: %v; give the path of a binary", path, cause)
	}
	return e
}

// withoutPath returns the reason in an error of package os or exec, for a
// message that has the path already.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err
}
