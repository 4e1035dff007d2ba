package scenario_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// A lamp is a system without processes: lights that are on or off, all in the
// memory of the test. It is what the runner is tried on.
type lamp struct {
	mu      sync.Mutex
	dark    map[string]bool // lights that are off
	blind   bool            // the subject cannot see them
	dull    bool            // the subject sees them, and says that all is well
	warming string          // the light whose state is unknown since an action turned it on
	sick    error           // what the health check says
	observe func(context.Context) error
	did     []string // what happened, in order
	closed  bool
	noise   bool // one entity changes all the time
	ticks   int
	startup error
}

func (l *lamp) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.did = append(l.did, fmt.Sprintf(format, args...))
}

func (l *lamp) history() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.did)
}

func (l *lamp) set(f func(l *lamp)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

// system is the lamp as a system.
func (l *lamp) system() stack.System {
	return stack.System{
		Name:       "lamp",
		Summary:    "Lights that are on or off.",
		Topology:   json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{"lights":{"type":"integer","minimum":1}}}`),
		LoadSchema: json.RawMessage(`{"anyOf":[{"const":false},{"type":"object","additionalProperties":false,"properties":{"rate":{"type":"number"}}}]}`),
		Definition: func() (protocol.Definition, error) { return l.definition(), nil },
		Plugin:     "operator-subject-lamp",
		Kinds: []stack.Kind{
			l.kind("dark", "Turns a light off.", json.RawMessage(`{"type":"object","required":["light"],"additionalProperties":false,"properties":{"light":{"type":"string"},"text":{"type":"string"}}}`),
				func(with light) fault.Fault { return &darkness{lamp: l, light: with.Light} }),
			l.kind("panics", "Panics when it is injected.", nil, func(light) fault.Fault { return &darkness{lamp: l, light: "left", panics: true} }),
			l.kind("fails", "Cannot be injected.", nil, func(light) fault.Fault { return &darkness{lamp: l, light: "left", fails: true} }),
			l.kind("missing", "Is not available.", nil, func(light) fault.Fault { return &darkness{lamp: l, light: "left", missing: true} }),
			l.kind("unseen", "Breaks nothing that could be seen.", nil, func(light) fault.Fault { return &darkness{lamp: l, light: "attic", none: true} }),
			{Name: "kill", Summary: "Kills a part.", On: stack.OnPart, New: func(stack.Stack, string, json.RawMessage) (fault.Fault, error) {
				return nil, errors.New("there are no parts")
			}},
			{Name: "cut", Summary: "Cuts a link.", On: stack.OnLink, New: func(stack.Stack, string, json.RawMessage) (fault.Fault, error) {
				return nil, errors.New("there are no links")
			}},
		},
		Start: func(context.Context, stack.Options) (stack.Stack, error) {
			l.note("start")
			if l.startup != nil {
				return nil, l.startup
			}
			return room{l}, nil
		},
	}
}

type light struct{ Light string }

func (l *lamp) kind(name, summary string, schema json.RawMessage, newFault func(light) fault.Fault) stack.Kind {
	return stack.Kind{Name: name, Summary: summary, With: schema, New: func(_ stack.Stack, _ string, with json.RawMessage) (fault.Fault, error) {
		var w light
		if len(with) > 0 {
			if err := json.Unmarshal(with, &w); err != nil {
				return nil, err
			}
		}
		return newFault(w), nil
	}}
}

// darkness is a light that is turned off.
type darkness struct {
	lamp                         *lamp
	light                        string
	panics, fails, missing, none bool
}

func (d *darkness) Name() string { return "dark " + d.light }

func (d *darkness) Available() error {
	if d.missing {
		return fault.Unavailable("there is no switch")
	}
	return nil
}

func (d *darkness) Impact() fault.Impact {
	if d.none {
		return fault.Impact{}
	}
	return fault.Impact{Breaks: []fault.Mark{{Invariant: "light_out", Entity: d.light}}}
}

func (d *darkness) Inject(context.Context) error {
	d.lamp.note("inject %s", d.light)
	if d.none {
		return nil
	}
	d.lamp.set(func(l *lamp) { l.dark[d.light] = true })
	if d.panics {
		panic("the switch broke")
	}
	if d.fails {
		return errors.New("the switch is stuck")
	}
	return nil
}

func (d *darkness) Heal(context.Context) error {
	d.lamp.note("heal %s", d.light)
	d.lamp.set(func(l *lamp) { delete(l.dark, d.light) })
	return nil
}

func newLamp() *lamp { return &lamp{dark: make(map[string]bool)} }

// room is a lamp that runs.
type room struct{ lamp *lamp }

func (r room) Parts() []stack.Part          { return nil }
func (r room) Links() []*network.Link       { return nil }
func (r room) Config() json.RawMessage      { return json.RawMessage(`{"lights":["left","right"]}`) }
func (r room) Needs() map[string][][]string { return nil }

func (r room) Impact(string, string, json.RawMessage) fault.Impact { return fault.Impact{} }

func (r room) Load(_ context.Context, spec json.RawMessage) error {
	r.lamp.note("load %s", spec)
	return nil
}

func (r room) Healthy(context.Context) error {
	r.lamp.mu.Lock()
	defer r.lamp.mu.Unlock()
	if len(r.lamp.dark) > 0 {
		return fmt.Errorf("%d lights are off", len(r.lamp.dark))
	}
	return r.lamp.sick
}

func (r room) Fingerprint(context.Context) (map[string]string, error) {
	r.lamp.mu.Lock()
	defer r.lamp.mu.Unlock()
	marks := map[string]string{"left": "on", "right": "on"}
	for light := range r.lamp.dark {
		marks[light] = "off"
	}
	if r.lamp.noise {
		r.lamp.ticks++
		marks["clock"] = fmt.Sprint(r.lamp.ticks)
	}
	return marks, nil
}

// Aftermath is how long a light that was turned on takes to be warm.
func (r room) Aftermath(protocol.Action) time.Duration { return time.Minute }

func (r room) WriteEvidence(_ context.Context, dir string) error {
	return os.WriteFile(filepath.Join(dir, "lights.txt"), fmt.Append(nil, r.lamp.history()), 0o600)
}

func (r room) Close() error {
	r.lamp.note("close")
	r.lamp.set(func(l *lamp) { l.closed = true })
	return nil
}

// definition is the lamp's subject.
func (l *lamp) definition() protocol.Definition {
	return protocol.Definition{
		Name: "lamp", Version: "1.0.0", Summary: "Lights.", Guide: "Turn them on.",
		ConfigSchema: json.RawMessage(`{"type":"object","required":["lights"],"additionalProperties":false,"properties":{"lights":{"type":"array","items":{"type":"string"}},"patience":{"type":"integer"}}}`),
		StateSchema:  json.RawMessage(`{"type":"object"}`),
		Invariants: []protocol.Invariant{
			{Name: "light_out", Summary: "A light is off.", Entity: "light", Severity: protocol.Critical, Grace: time.Hour},
			{Name: "no_power", Summary: "There is no power.", Severity: protocol.Critical},
		},
		Actions: []protocol.ActionSpec{{
			Name: "turn_on", Summary: "Turns a light on.", Risk: protocol.RiskLow, Repairs: []string{"light_out"},
			Params: json.RawMessage(`{"type":"object","required":["light"],"additionalProperties":false,"properties":{"light":{"type":"string"}}}`),
		}},
		Open: func(_ context.Context, config json.RawMessage) (protocol.Subject, error) {
			l.note("open %s", config)
			return eye{l}, nil
		},
	}
}

// eye looks at a lamp.
type eye struct{ lamp *lamp }

func (e eye) Close() error {
	e.lamp.note("close the subject")
	return nil
}

func (e eye) Observe(ctx context.Context) (protocol.Observation, error) {
	e.lamp.mu.Lock()
	hook := e.lamp.observe
	e.lamp.mu.Unlock()
	o := protocol.Observation{Time: time.Now(), Summary: "looked", State: json.RawMessage(`{"lights":{"left":"on","right":"on"},"power":230.0}`)}
	if hook != nil {
		if err := hook(ctx); err != nil {
			return protocol.Observation{}, err
		}
	}
	e.lamp.mu.Lock()
	defer e.lamp.mu.Unlock()
	class := protocol.SourceOK
	switch {
	case e.lamp.blind:
		class = protocol.SourceTimeout
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: "light_out", Source: "eyes/left", Reason: "it is \x1b[31mfoggy"})
	case e.lamp.dull:
	default:
		for light := range e.lamp.dark {
			o.Violations = append(o.Violations, protocol.Violation{Invariant: "light_out", Entity: light, Severity: protocol.Critical, Message: light + " is off"})
		}
	}
	if e.lamp.warming != "" {
		o.Unchecked = append(o.Unchecked, protocol.Unchecked{Invariant: "light_out", Entity: e.lamp.warming, Reason: "it is warming up"})
	}
	o.Sources = []protocol.Source{{Name: "eyes/left", Class: class}, {Name: "eyes/right", Class: protocol.SourceOK}}
	return o, nil
}

func (e eye) Act(_ context.Context, a protocol.Action) (protocol.Outcome, error) {
	e.lamp.note("act %s", a.Name)
	var params light
	if err := json.Unmarshal(a.Params, &params); err != nil || a.Name != "turn_on" {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.InvalidArgument, Message: "no such thing", Effect: protocol.EffectNone}
	}
	if a.DryRun {
		return protocol.Outcome{Status: protocol.OutcomePlanned}, nil
	}
	e.lamp.mu.Lock()
	defer e.lamp.mu.Unlock()
	if !e.lamp.dark[params.Light] {
		return protocol.Outcome{Status: protocol.OutcomeUnchanged}, nil
	}
	delete(e.lamp.dark, params.Light)
	return protocol.Outcome{Status: protocol.OutcomeAccepted}, nil
}
