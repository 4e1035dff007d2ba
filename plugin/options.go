package plugin

import (
	"log/slog"
	"time"
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
	// CloseTimeout bounds Close, 2 s if zero: two fifths of it are for calls in
	// flight to finish, if there are any; until seven tenths of it are over the
	// plugin can end by itself, having been asked; the rest is for ending it.
	CloseTimeout time.Duration
	// SHA256 is the checksum that the binary must have, in 64 hexadecimal digits.
	// One that has another is not started. It is taken anew for every start; see
	// [Checksum]. Empty, any binary is started.
	SHA256 string
	// DisableMTLS leaves out the mutual TLS between host and plugin, for plugins
	// in languages whose gRPC cannot do it. What then keeps others out is the
	// socket's directory alone, which only this user can enter.
	DisableMTLS bool
	// MaxMessage is the largest message that the host accepts of the plugin, and
	// the plugin of the host, in bytes: MaxMessageBytes if zero, and from that to
	// LargestMessageBytes else. It decides what the plugin can take of the host's
	// memory: an answer that is nearly all state takes twice its size while it is
	// checked (129 MB were measured for one of 64 MiB), and another may be received
	// meanwhile. So it is for a plugin that is trusted. One in Go learns of it; one
	// in another language finds it in OPERATOR_SUBJECT_MAX_MESSAGE, which is not
	// set where it is the default.
	MaxMessage int
	// Limits bound what the process may use. Where the operating system cannot,
	// Launch fails with Unimplemented.
	Limits Limits
}

// withDefaults resolves the path and fills in what is zero.
func (o Options) withDefaults() (Options, error) {
	var err error
	if o.SHA256, err = normalSHA256(o.SHA256); err != nil {
		return o, err
	}
	if err := o.Limits.check(); err != nil {
		return o, err
	}
	if err := size(o.MaxMessage).check(); err != nil {
		return o, err
	}
	path, err := resolve("start plugin", o.Path)
	if err != nil {
		return o, err
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
