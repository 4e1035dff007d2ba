package render

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Loaded is what came of loading one configured subject.
type Loaded struct {
	// Name and Plugin are the configuration's.
	Name, Plugin string
	// Trust is whether the plugin may be started, and why.
	Trust host.Trust
	// Definition is what the plugin declares, nil if it could not be asked.
	Definition *protocol.Definition
	// Err is why it cannot be used, nil if it can.
	Err error
}

// Subjects writes what is configured and whether it loads.
func (p *Printer) Subjects(list []Loaded) {
	rows := make([][]cell, 0, len(list))
	for _, l := range list {
		kind, version, loads := "-", "-", cell{"✓ yes", green}
		if l.Definition != nil {
			kind, version = Text(l.Definition.Name), Text(l.Definition.Version)
		}
		if l.Err != nil {
			loads = cell{"✗ no", boldRed}
		}
		rows = append(rows, []cell{{Text(l.Name), bold}, {kind, plain}, {version, plain}, trust(l.Trust), loads, {entity(l.Plugin), dim}})
	}
	p.table(0, []column{
		{title: "SUBJECT", fixed: true},
		{title: "KIND", fixed: true},
		{title: "VERSION", fixed: true},
		{title: "TRUST", fixed: true},
		{title: "LOADS", fixed: true},
		{title: "PLUGIN"},
	}, rows)
	for _, l := range list {
		if l.Err == nil {
			continue
		}
		p.line()
		p.line(p.paint(boldRed, "✗ "+Text(l.Name)))
		for text := range strings.SplitSeq(Lines(l.Err.Error()), "\n") {
			p.line("  ", text)
		}
	}
}

// trust is a trust with its symbol.
func trust(t host.Trust) cell {
	switch t {
	case host.TrustPinned:
		return cell{"✓ pinned", green}
	case host.TrustInsecure:
		return cell{"! insecure", yellow}
	case host.TrustUnpinned:
	}
	return cell{"✗ unpinned", boldRed}
}
