package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxSame is how many entities of one invariant may become unknown together
// with a line for each.
const maxSame = 3

// Events writes what a watch saw change in one observation, a line for each,
// and a single one for many entities that became unknown for the same reason.
func (p *Printer) Events(events []host.Event) {
	type same struct{ invariant, source, message string }
	groups := make(map[same][]string)
	for _, e := range events {
		if e.Type == host.EventUnknown {
			key := same{e.Invariant, e.Source, e.Message}
			groups[key] = append(groups[key], e.Entity)
		}
	}
	for _, e := range events {
		about := entity(e.Entity)
		if e.Type == host.EventUnknown {
			key := same{e.Invariant, e.Source, e.Message}
			switch entities := groups[key]; {
			case entities == nil:
				continue // in a line already
			case len(entities) > maxSame:
				about = strconv.Itoa(len(entities)) + " entities"
				e.Message += ": " + names(entities, maxSame)
				delete(groups, key)
			}
		}
		p.event(e, about)
	}
}

func (p *Printer) event(e host.Event, about string) {
	word, how := p.eventWord(e)
	// Lines come one by one, so the columns have widths that fit most of them.
	row := []cell{
		{e.Time.In(p.opts.Zone).Format("15:04:05"), dim},
		{pad(word, 11), how},
		{pad(Prose(string(e.Severity)), 8), severityPaint(e.Severity)},
		{pad(Text(e.Invariant), 18), plain},
		{pad(about, 12), bold},
		{eventMessage(e), plain},
	}
	columns := []column{{fixed: true}, {fixed: true}, {fixed: true}, {fixed: true}, {}, {wrap: true}}
	if e.Invariant == "" { // it is about the subject
		row = []cell{row[0], row[1], row[5]}
		columns = []column{{fixed: true}, {fixed: true}, {wrap: true}}
	}
	if p.names > 0 {
		row = slices.Insert(row, 1, cell{pad(Text(e.Subject), p.names), cyan})
		columns = slices.Insert(columns, 1, column{fixed: true})
	}
	p.table(0, columns, [][]cell{row})
}

// eventWord is what happened, with a symbol.
func (p *Printer) eventWord(e host.Event) (string, paint) {
	switch e.Type {
	case host.EventPending:
		return "! pending", yellow
	case host.EventFiring:
		return "✗ firing", boldRed
	case host.EventResolved, host.EventCleared:
		return "✓ " + string(e.Type), green
	case host.EventUnknown:
		return "? unknown", yellow
	case host.EventObservationFailed:
		return "? failed", boldRed
	case host.EventObservationRecovered:
		return "✓ recovered", green
	case host.EventDown, host.EventStaysDown:
		return "✗ " + Prose(strings.ReplaceAll(string(e.Type), "_", " ")), boldRed
	case host.EventRestarted:
		return "! restarted", yellow
	case host.EventSwapped:
		return "✓ reloaded", green
	case host.EventSwapRefused:
		return "✗ refused", boldRed
	case host.EventKnown, host.EventObservation:
		mark, how := verdictMark(e.Verdict)
		return mark + " " + Prose(string(e.Verdict)), how
	default:
		return Prose(string(e.Type)), plain
	}
}

// listed puts a configuration's problems, which have a line each, into one.
var listed = strings.NewReplacer(":\n  ", ": ", "\n  ", "; ")

func eventMessage(e host.Event) string {
	text := message(listed.Replace(e.Message))
	switch e.Type {
	case host.EventKnown:
		return "can be judged again"
	case host.EventUnknown:
		if e.Source != "" {
			text = Text(e.Source) + ": " + text
		}
	case host.EventObservation:
		if e.Verdict != protocol.Held && e.Broken != nil && e.Unknown != nil {
			text += " (" + count(*e.Broken, "violation") + ", " + strconv.Itoa(*e.Unknown) + " unknown)"
		}
	case host.EventResolved, host.EventCleared:
		text = "was: " + text
	case host.EventObservationFailed:
		text += "; everything is unknown, open tickets stay as they are"
	case host.EventDown:
		text += "; everything is unknown until it is back, open tickets stay as they are"
	case host.EventStaysDown:
		text += "; everything stays unknown"
	case host.EventSwapRefused:
		text += "; the old process goes on"
	case host.EventPending, host.EventFiring, host.EventObservationRecovered, host.EventRestarted, host.EventSwapped:
	}
	if e.AfterRestart {
		text += " (found by another process of the plugin)"
	}
	return text
}
