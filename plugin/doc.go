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
// call on a dead one is an Unavailable error that says how it ended; an action
// that was under way is of unknown effect and is never sent twice. A panic of
// the subject is an Internal error of that one call.
//
// The plugin gets the few variables of the host's environment that every
// program needs, those that [Options] names, and no standard input. What it
// logs with [Logger], and whatever else it or a library of its writes to
// standard error, is in the host's log.
//
// # Who ends what
//
// [Plugin.Close] ends the process, and whatever that has started, within a
// bound, be it stopped, hung or deaf. A plugin whose host is gone closes its
// subject and ends by itself.
//
// # The wire
//
// The wire is gRPC by hashicorp/go-plugin, over a unix socket in a directory
// that only this user can enter, with mutual TLS. The messages are in
// proto/subject/v1, so that a plugin can be written in any language.
package plugin

import (
	goplugin "github.com/hashicorp/go-plugin"
)

// ProtocolVersion is the version of the wire protocol. A host and a plugin of
// different versions refuse each other when the plugin starts.
const ProtocolVersion = 1

// MaxMessageBytes is the largest message that either side accepts: 64 MiB.
// gRPC's own default is 4 MiB, and only for what is received.
const MaxMessageBytes = 64 << 20

// serviceName is what the subject is called within go-plugin.
const serviceName = "subject"

// handshake keeps a person who starts a plugin by hand from wondering why
// nothing happens. It is no security measure.
var handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  ProtocolVersion,
	MagicCookieKey:   "OPERATOR_SUBJECT_PLUGIN",
	MagicCookieValue: "0f5cf0d5c0a94a4db3fbc9be7fb0b5be",
}
