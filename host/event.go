package host

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An Event is something that [Watch] saw change.
type Event struct {
	// Time is when: of the observation by the subject's clock, or by the host's
	// where there was none. UTC.
	Time time.Time `json:"time"`
	// Subject is the name of the watched subject.
	Subject string `json:"subject"`
	// Type is what happened; which of the fields below are there follows from it.
	Type EventType `json:"type"`
	// Invariant and Entity are what it happened to, and Severity is how bad the
	// invariant is.
	Invariant string            `json:"invariant,omitempty"`
	Entity    string            `json:"entity,omitempty"`
	Severity  protocol.Severity `json:"severity,omitempty"`
	// Source is the source to blame for what is unknown, if one is.
	Source string `json:"source,omitempty"`
	// Message is the violation's message, the reason for what is unknown, the
	// observation's summary, or what went wrong.
	Message string `json:"message,omitempty"`
	// Verdict is the verdict now.
	Verdict protocol.Verdict `json:"verdict,omitempty"`
	// Broken and Unknown are the numbers of violations and of what is unchecked,
	// of an observation.
	Broken  *int `json:"broken,omitempty"`
	Unknown *int `json:"unknown,omitempty"`
	// From is the state that the ticket was in before, empty for a new one.
	From protocol.TicketState `json:"from,omitempty"`
	// Ticket is the ticket after the change.
	Ticket *protocol.Ticket `json:"ticket,omitempty"`
	// AfterRestart tells that the plugin was restarted or reloaded since the
	// ticket was opened, so that it is another process that found it held.
	AfterRestart bool `json:"after_restart,omitempty"`
	// Error is why there was no observation, why the plugin is down, or why it was
	// not reloaded.
	Error *protocol.Error `json:"error,omitempty"`
}

// EventType is what happened.
type EventType string

// The types of events.
const (
	// EventObservation: an observation; the first, one whose verdict differs
	// from the last one's, or each, as WatchOptions.All has it.
	EventObservation EventType = "observation"
	// EventPending, EventFiring, EventResolved and EventCleared: a ticket is in
	// that state now.
	EventPending  EventType = "pending"
	EventFiring   EventType = "firing"
	EventResolved EventType = "resolved"
	EventCleared  EventType = "cleared"
	// EventUnknown: an invariant, of one entity or of all, cannot be judged.
	EventUnknown EventType = "unknown"
	// EventKnown: it can be judged again; Verdict says what it is.
	EventKnown EventType = "known"
	// EventObservationFailed: there was no observation, so everything is unknown.
	// It is reported when that begins and when its kind changes.
	EventObservationFailed EventType = "observation_failed"
	// EventObservationRecovered: there was one again.
	EventObservationRecovered EventType = "observation_recovered"
	// EventDown: the plugin's process has died, or one that was started in its
	// place did not start; Error says why, with its last words. Everything is
	// unknown until there is an observation again.
	EventDown EventType = "down"
	// EventStaysDown: the plugin has died too often and is not started again,
	// until it is reloaded.
	EventStaysDown EventType = "stays_down"
	// EventRestarted: this is the first observation of a process that was started
	// anew. What the subject remembered is lost.
	EventRestarted EventType = "restarted"
	// EventSwapped: the plugin was reloaded, and another process has taken over.
	// What the subject remembered is lost then, too.
	EventSwapped EventType = "swapped"
	// EventSwapRefused: the plugin was not reloaded, and the old process goes on;
	// Error says why.
	EventSwapRefused EventType = "swap_refused"
)
