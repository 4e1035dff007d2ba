package network

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A Toxic is one way in which a link is hurt, under a name by which it is taken
// away again. Several can be on a link at once.
type Toxic struct {
	// Name is unique on the link.
	Name string
	// Type says what happens.
	Type Type
	// Latency is what every piece of an answer is late by, give or take Jitter,
	// which is at most Latency. Of [Latency] only; whole milliseconds.
	Latency, Jitter time.Duration
	// Rate is how many kilobytes (1000 bytes) per second pass, each way and on
	// each connection. Of [Bandwidth] only; at least 1.
	Rate int
}

// Type is a type of [Toxic].
type Type string

// The types of toxics. The first two are Toxiproxy's and change how bytes flow
// on all connections, those that exist included. The others are about whether
// they flow at all.
const (
	// Latency delays what the server says.
	Latency Type = "latency"
	// Bandwidth throttles both directions.
	Bandwidth Type = "bandwidth"
	// Reset breaks connections (RST): those that exist at once, and new ones as
	// soon as they are accepted.
	Reset Type = "reset"
	// Refuse closes the listener, so that the kernel refuses new connections, and
	// breaks those that exist.
	Refuse Type = "refuse"
	// HalfOpen takes the server's side of the existing connections away without
	// telling the client, which goes on writing into nothing and hears nothing.
	// New connections work. Connections that it was done to are broken (RST) when
	// the toxic is removed.
	HalfOpen Type = "half_open"
	// BlackHole accepts everything and swallows it, in both directions, on
	// connections that exist and on new ones, which the server never learns of.
	// All of them are broken (RST) when the toxic is removed, for bytes are
	// missing in them.
	BlackHole Type = "black_hole"
	// Partition lets nothing through and loses nothing, as a network does whose
	// packets are sent again and again: connections that exist, and new ones,
	// which are accepted, fall silent, and go on where they were when the toxic is
	// removed.
	Partition Type = "partition"
)

func (t Toxic) validate() error {
	if t.Name == "" {
		return errors.New("name: it is empty, and the toxic could not be removed")
	}
	switch t.Type {
	case Latency:
		if t.Latency < time.Millisecond || t.Jitter < 0 || t.Jitter > t.Latency {
			return fmt.Errorf("latency: %s give or take %s: it needs at least 1ms, and a jitter of at most that", t.Latency, t.Jitter)
		}
	case Bandwidth:
		if t.Rate < 1 {
			return fmt.Errorf("rate: %d kB/s: it needs at least 1", t.Rate)
		}
	case Reset, Refuse, HalfOpen, BlackHole, Partition:
	default:
		return fmt.Errorf("type: there is no %q", t.Type)
	}
	return nil
}

// flow is a toxic as Toxiproxy's API describes it.
type flow struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Attributes map[string]any `json:"attributes"`
}

// flows are the parts of a toxic that are Toxiproxy's; none for the others.
func (t Toxic) flows() []flow {
	switch t.Type {
	case Latency:
		return []flow{{t.Name, "latency", "downstream", map[string]any{"latency": t.Latency.Milliseconds(), "jitter": t.Jitter.Milliseconds()}}}
	case Bandwidth:
		rate := map[string]any{"rate": t.Rate}
		return []flow{{t.Name, "bandwidth", "downstream", rate}, {t.Name + " up", "bandwidth", "upstream", rate}}
	default:
		return nil
	}
}

func (f flow) encode() ([]byte, error) { return json.Marshal(f) }

// mode is what the toxics on a link amount to. Where several say different
// things, the first of these counts.
type mode struct {
	refuse bool
	reset  bool
	// swallowedBy is the name of a toxic that swallows, "" where none does.
	swallowedBy string
	hold        bool
}

func modeOf(toxics []Toxic) mode {
	var m mode
	for _, t := range toxics {
		switch t.Type {
		case Refuse:
			m.refuse = true
		case Reset:
			m.reset = true
		case BlackHole:
			m.swallowedBy = t.Name
		case Partition:
			m.hold = true
		default:
		}
	}
	return m
}
