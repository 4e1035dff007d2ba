package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// fakeProcess is a process that does as it is told.
type fakeProcess struct {
	script fakeScript
	pid    int
	def    protocol.Definition

	mu     sync.Mutex
	done   chan struct{}
	err    error
	closed int
	acts   []string // the IDs that it was sent
}

// fakeScript is what a process does. The zero value works.
type fakeScript struct {
	launch  error         // it does not start
	takes   time.Duration // to start
	open    error         // it does not take its configuration
	observe func(context.Context, *fakeProcess) (protocol.Observation, error)
	act     func(context.Context, *fakeProcess, protocol.Action) (protocol.Outcome, error)
	version string
}

func (p *fakeProcess) Definition() protocol.Definition { return p.def }
func (p *fakeProcess) Done() <-chan struct{}           { return p.done }
func (p *fakeProcess) PID() int                        { return p.pid }

func (p *fakeProcess) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *fakeProcess) Close() error {
	p.die("closed")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed++
	return nil
}

// die ends the process with last words.
func (p *fakeProcess) die(words string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = protocol.Errorf(protocol.Unavailable, "the plugin's process has ended; it last wrote: %s", words)
		close(p.done)
	}
}

func (p *fakeProcess) closings() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// sent is how many actions it was sent.
func (p *fakeProcess) sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acts)
}

// gone is what a call returns whose process is gone.
func (p *fakeProcess) gone(effect protocol.Effect) error {
	return &protocol.Error{Code: protocol.Unavailable, Message: "the connection is gone", Effect: effect}
}

// fakeSubject is the configured process.
type fakeSubject struct{ p *fakeProcess }

func (s fakeSubject) Observe(ctx context.Context) (protocol.Observation, error) {
	if ended(s.p.done) {
		return protocol.Observation{}, s.p.gone("")
	}
	if s.p.script.observe != nil {
		return s.p.script.observe(ctx, s.p)
	}
	return protocol.Observation{Time: time.Now(), Summary: fmt.Sprint(s.p.pid)}, nil
}

func (s fakeSubject) Act(ctx context.Context, action protocol.Action) (protocol.Outcome, error) {
	s.p.mu.Lock()
	s.p.acts = append(s.p.acts, action.ID)
	s.p.mu.Unlock()
	if s.p.script.act != nil {
		return s.p.script.act(ctx, s.p, action)
	}
	return protocol.Outcome{Status: protocol.OutcomeAccepted, Message: fmt.Sprint("by ", s.p.pid)}, nil
}

// diesUnder is an observation during which the process dies.
func diesUnder(_ context.Context, p *fakeProcess) (protocol.Observation, error) {
	p.die("in a call")
	return protocol.Observation{}, p.gone("")
}

// actDies is an action during which the process dies.
func actDies(_ context.Context, p *fakeProcess, _ protocol.Action) (protocol.Outcome, error) {
	p.die("in an action")
	return protocol.Outcome{}, p.gone(protocol.EffectUnknown)
}

// stage plays scripts, one for each process that is launched; the last one is
// repeated. Process n has n for a PID.
type stage struct {
	mu        sync.Mutex
	scripts   []fakeScript
	launched  []time.Time
	processes []*fakeProcess
	configs   []string
}

func (s *stage) launch(ctx context.Context, _ plugin.Options) (process, error) {
	s.mu.Lock()
	script := s.scripts[min(len(s.launched), len(s.scripts)-1)]
	s.launched = append(s.launched, time.Now())
	n := len(s.launched)
	s.mu.Unlock()
	if !sleep(ctx, script.takes) {
		return nil, protocol.Errorf(protocol.CodeOf(ctx.Err()), "start plugin: %w", ctx.Err())
	}
	if script.launch != nil {
		return nil, script.launch
	}
	p := &fakeProcess{script: script, pid: n, done: make(chan struct{})}
	p.def = protocol.Definition{Name: "fake", Version: script.version, Open: func(_ context.Context, config json.RawMessage) (protocol.Subject, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.configs = append(s.configs, string(config))
		if script.open != nil {
			return nil, script.open
		}
		return fakeSubject{p}, nil
	}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes = append(s.processes, p)
	return p, nil
}

// process waits for the process of that PID.
func (s *stage) process(n int) *fakeProcess {
	for {
		s.mu.Lock()
		for _, p := range s.processes {
			if p.pid == n {
				s.mu.Unlock()
				return p
			}
		}
		s.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
}

// begin starts a supervisor of scripts, in a bubble, and returns it with its
// stage and its events. It is closed when the test is over, and then nothing
// must be open.
func begin(t *testing.T, opts Options, scripts ...fakeScript) (*Supervisor, *stage, chan Event) {
	t.Helper()
	st := &stage{scripts: scripts}
	events := make(chan Event, 200)
	if opts.Events == nil {
		opts.Events = events
	}
	s, err := startWith(t.Context(), opts, st.launch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for _, p := range st.processes {
			if p.closed != 1 {
				t.Errorf("process %d was closed %d times", p.pid, p.closed)
			}
		}
	})
	return s, st, events
}

// said renders the events that there are.
func said(events chan Event) []string {
	var out []string
	for {
		select {
		case e := <-events:
			line := fmt.Sprintf("%s %d", e.Type, e.Generation)
			if e.PID != 0 {
				line += fmt.Sprintf(" pid %d", e.PID)
			}
			if e.Redefined {
				line += " redefined"
			}
			if e.Err != nil {
				line += ": " + e.Err.Error()
			}
			out = append(out, line)
		default:
			return out
		}
	}
}

func compare[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// brief is an error's code, effect, and text.
func brief(err error) string {
	if err == nil {
		return "none"
	}
	effect := ""
	if e, ok := errors.AsType[*protocol.Error](err); ok && e.Effect != "" {
		effect = " " + string(e.Effect)
	}
	return string(protocol.CodeOf(err)) + effect
}
