package kit

import "github.com/operator-ratelimiter/operator-ratelimiter/protocol"

// Presence tells whether a source is there and works, as far as a reading
// shows: a nil Miss is a reading that succeeded. A refusal of our credentials or
// of one request, and a reading that was cut short, say nothing about it.
func (m *Miss) Presence() (there, known bool) {
	if m == nil {
		return true, true
	}
	switch m.Class {
	case protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceFailing, protocol.SourceMalformed:
		return false, true
	default:
		return false, false
	}
}
