//go:build linux

package faulty_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// hooks are what a tank does otherwise, behind plugin.Serve.
type hooks struct {
	open    func()
	observe func(context.Context, *tank) (protocol.Observation, error)
	act     func(context.Context, *tank, protocol.Action) (protocol.Outcome, error)
	close   func()
}

// inTank makes the main of a plugin with such a tank.
func inTank(h hooks) func() int {
	return func() int {
		def := tankDefinition()
		open := def.Open
		def.Open = func(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
			if h.open != nil {
				h.open()
			}
			subject, err := open(ctx, config)
			if err != nil {
				return nil, err
			}
			return &hooked{tank: subject.(*tank), hooks: h}, nil
		}
		if err := plugin.Serve(def); err != nil {
			return fail(err)
		}
		return 0
	}
}

type hooked struct {
	*tank

	hooks hooks
}

func (h *hooked) Observe(ctx context.Context) (protocol.Observation, error) {
	if h.hooks.observe != nil {
		return h.hooks.observe(ctx, h.tank)
	}
	return h.tank.Observe(ctx)
}

func (h *hooked) Act(ctx context.Context, a protocol.Action) (protocol.Outcome, error) {
	if h.hooks.act != nil {
		return h.hooks.act(ctx, h.tank, a)
	}
	return h.tank.Act(ctx, a)
}

func (h *hooked) Close() error {
	if h.hooks.close != nil {
		h.hooks.close()
	}
	return h.tank.Close()
}

// observing and acting make hooks of what does not care for more.
func observing(do func()) hooks {
	return hooks{observe: func(ctx context.Context, t *tank) (protocol.Observation, error) {
		do()
		return t.Observe(ctx)
	}}
}

func acting(do func()) hooks {
	return hooks{act: func(ctx context.Context, t *tank, a protocol.Action) (protocol.Outcome, error) {
		do()
		return t.Act(ctx, a)
	}}
}

// Of a call that is not answered in time.
const missed = 300 * time.Millisecond

// wait waits until a call is over, and then some.
func wait(ctx context.Context) {
	<-ctx.Done()
	time.Sleep(50 * time.Millisecond)
}

// subjectFaults are what a subject does wrong in an otherwise good plugin.
func subjectFaults() map[string]fault {
	never := func() { select {} }
	return map[string]fault{
		"open_panics": {
			reason: "A panic is an error of that call.", run: inTank(hooks{open: func() { panic("no tank") }}),
			at: atOpen, code: protocol.Internal, want: []string{"no tank"}, check: "configure/opens",
		},
		"open_never": {
			reason: "A host waits no longer than it wants.", run: inTank(hooks{open: never}),
			at: atOpen, deadline: missed, code: protocol.DeadlineExceeded, want: []string{"configure: the plugin did not answer"}, check: "configure/opens",
		},
		"observe_panics": {
			reason: "A panic is an error of that call.", run: inTank(observing(func() { panic("lost my head") })),
			at: atObserve, code: protocol.Internal, want: []string{"the subject panicked", "lost my head"}, check: "observe/valid",
		},
		"observe_never": {
			reason: "A host waits no longer than it wants.", run: inTank(observing(never)),
			at: atObserve, deadline: missed, code: protocol.DeadlineExceeded, want: []string{"did not answer before the deadline"}, check: "observe/valid",
		},
		"observe_late": {
			reason: "An answer that comes too late is none.", run: inTank(hooks{observe: func(ctx context.Context, t *tank) (protocol.Observation, error) {
				wait(ctx)
				return t.Observe(context.WithoutCancel(ctx))
			}}),
			at: atObserve, deadline: missed, code: protocol.DeadlineExceeded, want: []string{"did not answer before the deadline"}, check: "observe/valid",
		},
		"observe_unexplained": {
			reason: "An error that carries nothing is still one.",
			run: inTank(hooks{observe: func(context.Context, *tank) (protocol.Observation, error) {
				return protocol.Observation{}, errors.New("just so")
			}}),
			at: atObserve, code: protocol.UnknownError, want: []string{"just so"}, check: "observe/valid",
		},
		"act_panics": {
			reason: "What had been done by then nobody knows.", run: inTank(acting(func() { panic("act up") })),
			at: atAct, code: protocol.Internal, effect: protocol.EffectUnknown, want: []string{"the subject panicked", "act up"}, check: "act/acts",
		},
		"act_never": {
			reason: "It may have happened.", run: inTank(acting(never)),
			at: atAct, deadline: missed, code: protocol.DeadlineExceeded, effect: protocol.EffectUnknown,
			want: []string{"did not answer before the deadline"}, check: "act/acts",
		},
		"act_late": {
			reason: "It has happened, and nobody was told.", run: inTank(hooks{act: func(ctx context.Context, t *tank, a protocol.Action) (protocol.Outcome, error) {
				wait(ctx)
				return t.Act(context.WithoutCancel(ctx), a)
			}}),
			at: atAct, deadline: missed, code: protocol.DeadlineExceeded, effect: protocol.EffectUnknown,
			want: []string{"did not answer before the deadline"}, check: "act/acts",
		},
		"act_untold": {
			reason: "An error that does not say what was changed.",
			run: inTank(hooks{act: func(context.Context, *tank, protocol.Action) (protocol.Outcome, error) {
				return protocol.Outcome{}, errors.New("something went wrong")
			}}),
			at: atAct, code: protocol.UnknownError, effect: protocol.EffectUnknown, want: []string{"something went wrong"}, check: "act/acts",
		},
		"close_hangs": {
			reason: "A Close that does not end is ended.", run: inTank(hooks{close: never}),
			at: nowhere,
		},
		"close_panics": {
			reason: "It ends, one way or another.", run: inTank(hooks{close: func() { panic("at the last") }}),
			at: nowhere,
		},
		"close_exits": {
			reason: "It ends, one way or another.", run: inTank(hooks{close: func() { os.Exit(9) }}),
			at: nowhere,
		},
	}
}
