package render

import "github.com/operator-ratelimiter/operator-ratelimiter/protocol"

// A paint is an ANSI rendition.
type paint string

const (
	plain   paint = ""
	bold    paint = "1"
	dim     paint = "2"
	red     paint = "31"
	boldRed paint = "1;31"
	green   paint = "32"
	yellow  paint = "33"
	cyan    paint = "36"
)

// paint colours text if the output takes colours. Text must be escaped and
// padded already.
func (p *Printer) paint(how paint, text string) string {
	if !p.opts.Color || how == plain || text == "" {
		return text
	}
	return "\x1b[" + string(how) + "m" + text + "\x1b[0m"
}

func severityPaint(s protocol.Severity) paint {
	switch s {
	case protocol.Critical:
		return boldRed
	case protocol.Warning:
		return yellow
	default:
		return cyan
	}
}

// verdictMark is a verdict's symbol, and what it is painted with.
func verdictMark(v protocol.Verdict) (string, paint) {
	switch v {
	case protocol.Broken:
		return "✗", boldRed
	case protocol.Held:
		return "✓", green
	default:
		return "?", yellow
	}
}

// verdict is a verdict with its symbol: no meaning is in colour alone.
func (p *Printer) verdict(v protocol.Verdict) string {
	mark, how := verdictMark(v)
	return p.paint(how, mark+" "+Prose(string(v)))
}

func classPaint(c protocol.SourceClass) paint {
	switch c {
	case protocol.SourceOK:
		return green
	case protocol.SourceNotConfigured, protocol.SourceSkipped:
		return dim
	case protocol.SourcePartial, protocol.SourceDeadline:
		return yellow
	default:
		return red
	}
}
