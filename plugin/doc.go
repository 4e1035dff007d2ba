// Package plugin is the process boundary: a subject in a process of its own,
// used as if it were in the host's.
//
// The subject's binary calls [Serve] with its Definition and does nothing else.
// The host calls [Launch], which starts the binary and asks for its Definition,
// and opens the subject through that Definition as it would any other:
//
//	p, err := plugin.Launch(ctx, plugin.Options{Path: "bin/operator-subject-orders"})
//	...
//	defer p.Close()
//	subject, err := p.Definition().Open(ctx, config)
//
// [Load] is both steps in one.
//
// # What crosses
//
// Deadlines, cancellation and typed errors cross the boundary, so a caller
// cannot tell where the subject is, but for what only a process can do: die. A
// call on a dead one is an Unavailable error that says how it ended and what it
// last wrote; an action that was under way is of unknown effect and is never
// sent twice. A panic of the subject is an Internal error of that one call.
// [Plugin.Done] tells of a death within 100 ms of it, whatever still holds the
// process's output.
//
// The plugin gets the few variables of the host's environment that every
// program needs, those that [Options] names, and no standard input. What it
// logs with [Logger], and whatever else it or a library of its writes to
// standard error, is in the host's log, in lines without control characters and
// escape sequences. Of lines that come faster than 500 a second, or 2,000 at
// once, some are dropped, and the log says how many. So is what it writes to
// standard output after the first line.
//
// # Who ends what
//
// [Plugin.Close] lets calls in flight finish for a moment and then ends the
// process, and whatever that has started, within a bound, be it stopped, hung
// or deaf.
//
// A plugin does not outlive its host. The host holds one end of a pipe and never
// writes to it; the plugin is given the other as the descriptor whose number is
// in OPERATOR_SUBJECT_LIFELINE. When it ends, so has the host, and [Serve]
// closes the subject and ends the process, within half a second. On Linux the
// kernel kills the plugin too, which works for one that is stopped or does not
// look, and mostly comes first. On Windows, and under a host that gives it no
// lifeline, a plugin ends when nobody has been connected for two seconds. The
// directory of a socket whose host was killed is removed by the next [Launch]
// of the same user.
//
// # Trust
//
// [Options.SHA256] has the binary's checksum taken before each start, and
// [Options.Limits] bound what the process may use. Between the checksum and the
// start the file could be exchanged; the host looks again after the start, and
// kills what is not the file that it has read. Who needs more than that must
// keep others from writing to the binary.
//
// The host connects to a unix socket in the directory that it has made for this
// plugin, and to nothing else that a plugin may name. Messages, headers, lines
// and the first line of standard output are bounded.
//
// # The wire
//
// The wire is gRPC by hashicorp/go-plugin, over a unix socket in a directory
// that only this user can enter, with mutual TLS unless [Options.DisableMTLS] is
// set. The messages are in proto/subject/v1, so that a plugin can be written in
// any language. Of go-plugin's own services a host uses GRPCController, to ask
// a plugin to end, and GRPCStdio, for what it prints. One without the first is
// asked by the end of its lifeline, and the second may be missing.
package plugin

import (
	goplugin "github.com/hashicorp/go-plugin"
)

// ProtocolVersion is the version of the wire protocol. A host and a plugin of
// different versions refuse each other when the plugin starts.
const ProtocolVersion = 1

// MaxMessageBytes is the largest message that either side accepts unless
// [Options.MaxMessage] allows more: 4 MiB, as in gRPC for what is received. It decides what a plugin can take of a host's
// memory. Of each plugin, one answer is checked at a time; it is there twice, as
// it comes and as it is kept, with what is made of it besides. The most that was
// measured is 22 MB, for 10,000 violations, in a host that keeps the observation
// before; what a host keeps is its own. Of the answers that wait for their check,
// one more is received meanwhile, which is in memory once.
const MaxMessageBytes = 4 << 20

// serviceName is what the subject is called within go-plugin.
const serviceName = "subject"

// handshake keeps a person who starts a plugin by hand from wondering why
// nothing happens. It is no security measure.
var handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  ProtocolVersion,
	MagicCookieKey:   "OPERATOR_SUBJECT_PLUGIN",
	MagicCookieValue: "0f5cf0d5c0a94a4db3fbc9be7fb0b5be",
}
