package host

import (
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Trust is whether an entry's plugin may be started, and why.
type Trust string

// The trusts. Only an unpinned plugin is not started.
const (
	// TrustPinned is a plugin whose binary must have the entry's SHA256.
	TrustPinned Trust = "pinned"
	// TrustInsecure is one that is started whatever its binary is.
	TrustInsecure Trust = "insecure"
	// TrustUnpinned is one that nobody has vouched for.
	TrustUnpinned Trust = "unpinned"
)

// Trust returns whether the entry's plugin may be started. Insecure wins over a
// checksum, so that one need not be removed for the time of a development.
func (e Entry) Trust() Trust {
	switch {
	case e.Insecure:
		return TrustInsecure
	case e.SHA256 != "":
		return TrustPinned
	default:
		return TrustUnpinned
	}
}

// CheckTrust returns nil if the entry's plugin may be started, else a
// PermissionDenied error that says why not and what to do. It reads no file:
// whether the binary has the checksum is checked where it is started.
func (e Entry) CheckTrust() error {
	if e.Trust() != TrustUnpinned {
		return nil
	}
	if e.origin == nil {
		return protocol.Errorf(protocol.PermissionDenied,
			"the plugin is not pinned, so it is not started: set the entry's SHA256, or Insecure to start any binary")
	}
	reason := e.origin.unpinned
	if reason == nil {
		reason = fmt.Errorf("%s has no sha256 for it", e.origin.file)
	}
	hint := ""
	if !e.origin.unpinnable {
		hint = fmt.Sprintf("; '%s' pins the binary that is there now", pinCommand(e.origin.file, e.Name))
	}
	return protocol.Errorf(protocol.PermissionDenied, "the plugin is not pinned, so it is not started: %v%s", reason, hint)
}

// pinCommand is what a person types to pin a subject of a configuration file.
func pinCommand(file, name string) string {
	if file == DefaultFile {
		return "operator pin " + name
	}
	return "operator --config " + printable(file, maxQuoted) + " pin " + name
}
