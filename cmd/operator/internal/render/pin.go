package render

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

// Pins writes what pinning came to, with whole checksums: they are there to be
// compared.
func (p *Printer) Pins(pins []host.Pin) {
	for _, pin := range pins {
		word, how := pinWord(pin)
		p.line(p.paint(how, pad(word, 11)), "  ", p.paint(bold, Text(pin.Subject)), "  ", p.paint(dim, entity(pin.Plugin)))
		switch {
		case pin.Err != nil:
			for text := range strings.SplitSeq(Lines(pin.Err.Error()), "\n") {
				p.line("  ", text)
			}
		case pin.Change == host.PinChanged:
			p.line("  from ", Text(pin.Old))
			p.line("    to ", p.paint(bold, Text(pin.New)))
		case pin.New != "":
			p.line("  ", Text(pin.New))
		}
		if pin.InConfig && pin.Err == nil {
			p.line("  as the configuration itself has it; the lock file is not read for it")
		}
		if pin.Insecure {
			p.line("  ", p.paint(yellow, "! it stays unchecked until \"insecure: true\" is removed from the configuration"))
		}
	}
}

func pinWord(pin host.Pin) (string, paint) {
	if pin.Err != nil {
		return "✗ failed", boldRed
	}
	switch pin.Change {
	case host.PinNew:
		return "+ new", green
	case host.PinChanged:
		return "~ changed", yellow
	case host.PinRemoved:
		return "- removed", yellow
	case host.PinUnchanged:
	}
	return "✓ unchanged", dim
}
