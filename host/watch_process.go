package host

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// restartable is a subject whose process may be replaced by another, as that of
// a [Subject].
type restartable interface {
	ObserveFrom(ctx context.Context) (protocol.Observation, uint64, error)
	DefinitionFrom(generation uint64) (protocol.Definition, bool)
	Events() <-chan supervisor.Event
}

// process is what a watch knows of the subject's process.
type process struct {
	subject restartable             // nil if it is never replaced
	news    <-chan supervisor.Event // nil if there are none
	untold  []supervisor.Event

	generation uint64 // that the last observation came from, 0 before the first
	swapped    uint64 // that a reload has put into service
	down       bool   // it went down since the last observation
}

func processOf(subject protocol.Subject) process {
	r, ok := subject.(restartable)
	if !ok {
		return process{}
	}
	return process{subject: r, news: r.Events()}
}

// heard takes in an event, to be told in its turn.
func (p *process) heard(e supervisor.Event) { p.untold = append(p.untold, e) }

// hear takes in the events that there are. They are bounded by the channel's
// size: nobody adds to it faster than things happen.
func (p *process) hear() {
	for range cap(p.news) {
		select {
		case e := <-p.news:
			p.heard(e)
		default:
			return
		}
	}
}

func always(supervisor.Event) bool { return true }

// precedes tells that an event happened before a process of that generation
// observed.
func precedes(e supervisor.Event, generation uint64) bool {
	switch e.Type {
	case supervisor.EventDown, supervisor.EventRestarting, supervisor.EventFailed, supervisor.EventClosed:
		return e.Generation < generation
	default:
		return e.Generation <= generation
	}
}

// tell reports what happened to the process, up to the first event that is not
// due.
func (w *watch) tell(due func(supervisor.Event) bool) {
	for len(w.process.untold) > 0 && due(w.process.untold[0]) {
		e := w.process.untold[0]
		w.process.untold = w.process.untold[1:]
		w.told(e)
	}
}

func (w *watch) told(e supervisor.Event) {
	event := Event{Time: e.Time}
	switch e.Type {
	case supervisor.EventDown:
		event.Type, event.Verdict = EventDown, protocol.Unknown
		w.lost(e.Time, "the plugin is down: "+e.Err.Error())
	case supervisor.EventFailed:
		event.Type, event.Verdict = EventStaysDown, protocol.Unknown
	case supervisor.EventSwapped:
		event.Type = EventSwapped
		event.Message = "the plugin was reloaded" + w.forgotten()
		w.process.swapped = e.Generation
	case supervisor.EventSwapRefused:
		event.Type = EventSwapRefused
	default:
		return // it changes nothing for who watches
	}
	if e.Err != nil {
		event.Message, event.Error = e.Err.Error(), contractError(e.Err)
	}
	w.add(event)
}

// lost makes everything unknown.
func (w *watch) lost(at time.Time, why string) {
	w.tracker.Missed(at.UTC(), why)
	w.verdict, w.process.down = "", true
}

// from prepares for an observation of a process of that generation: the first
// one of a new process is where its predecessor's tickets begin to be doubted.
// It tells whether the observation can be used: of a process that has been
// replaced already nobody knows what it declares.
func (w *watch) from(generation uint64) bool {
	p := &w.process
	if p.subject == nil || p.generation == generation {
		return true
	}
	now := time.Now()
	def, ok := p.subject.DefinitionFrom(generation)
	if !ok {
		w.tracker.Missed(now.UTC(), "the plugin's process was replaced while it observed")
		return false
	}
	w.def = def
	w.tracker.SetInvariants(def.Invariants)
	first := p.generation == 0 && !p.down
	p.generation, p.down = generation, false
	if first {
		return true
	}
	w.doubts.restart(w.tracker.Tickets())
	if generation != p.swapped {
		w.tracker.Missed(now.UTC(), "the plugin was restarted")
		w.add(Event{Time: now, Type: EventRestarted, Message: "the plugin was restarted" + w.forgotten()})
	}
	return true
}

// forgotten says what another process means.
func (w *watch) forgotten() string {
	text := "; what it remembered is lost"
	if len(w.tracker.Tickets()) > 0 {
		text += ", so open tickets stay until it has shown that it can judge them"
	}
	return text
}
