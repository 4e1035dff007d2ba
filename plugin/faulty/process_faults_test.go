//go:build linux

package faulty_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// processFaults are what becomes of a process under a call, or what it does so
// that nothing should become of it.
func processFaults() map[string]fault {
	dies := func(f fault) fault {
		f.at, f.code, f.dies, f.check = atObserve, protocol.Unavailable, true, "observe/valid"
		return f
	}
	diesActing := func(f fault) fault {
		f.at, f.code, f.effect, f.dies, f.check = atAct, protocol.Unavailable, protocol.EffectUnknown, true, "act/acts"
		return f
	}
	const oom = 512 << 20
	return map[string]fault{
		"observe_exits": dies(fault{
			reason: "The last words are why.", run: inTank(observing(exits)),
			want: []string{"exit status 7", "the disk is gone"},
		}),
		"observe_panics_apart": dies(fault{
			reason: "A panic that nobody can catch.", run: inTank(observing(panicsApart)),
			want: []string{"exit status 2", "panic: lost my head"},
		}),
		"observe_killed": dies(fault{
			reason: "As the kernel does it that is out of memory.", run: inTank(observing(func() { killSelf() })),
			want: []string{"signal: killed"},
		}),
		"observe_out_of_memory": dies(fault{
			reason: "The limit is the plugin's end and not the host's.", run: inTank(observing(eats)), memory: oom,
		}),
		"observe_closes_stderr": dies(fault{
			reason: "One that says nothing of why it ends.", run: inTank(observing(func() {
				_ = syscall.Close(2)
				os.Exit(11)
			})),
			want: []string{"exit status 11"},
		}),
		"act_exits": diesActing(fault{
			reason: "It may have happened.", run: inTank(acting(exits)), want: []string{"exit status 7", "unknown whether the change was made"},
		}),
		"act_panics_apart": diesActing(fault{
			reason: "It may have happened.", run: inTank(acting(panicsApart)), want: []string{"panic: lost my head"},
		}),
		"act_killed": diesActing(fault{
			reason: "It may have happened.", run: inTank(acting(func() { killSelf() })), want: []string{"signal: killed"},
		}),
		"act_out_of_memory": diesActing(fault{
			reason: "It may have happened.", run: inTank(acting(eats)), memory: oom,
		}),
		"observe_stops": {
			reason: "A stopped process answers nothing, and ends by nothing but SIGKILL.", run: inTank(observing(stopSelf)),
			at: atObserve, deadline: missed, code: protocol.DeadlineExceeded, want: []string{"did not answer before the deadline"}, check: "observe/valid",
		},
		"act_stops": {
			reason: "It may have happened.", run: inTank(acting(stopSelf)),
			at: atAct, deadline: missed, code: protocol.DeadlineExceeded, effect: protocol.EffectUnknown,
			want: []string{"did not answer before the deadline"}, check: "act/acts",
		},
		"observe_stuck": {
			reason: "Every thread is in a system call that does not end, and no signal but SIGKILL counts.",
			run: inTank(observing(func() {
				signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
				getStuck()
			})),
			at: atObserve, deadline: missed, code: protocol.DeadlineExceeded, want: []string{"did not answer before the deadline"}, check: "observe/valid",
		},
		"ignores_signals": {
			reason: "SIGTERM is not what ends a plugin.",
			run: func() int {
				signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)
				return inTank(hooks{close: func() { select {} }})()
			},
			at: nowhere,
		},
		"ignores_lifeline": {
			reason: "A plugin in a language that knows nothing of it, and that cannot be asked to end.", plain: true,
			run: func() int {
				return serveWire(&wire{faults: map[string]answer{"Shutdown": (*wireCall).honestly}}, false)
			},
			at: nowhere,
		},
		"child_in_group": {
			reason: "What it leaves behind holds its output.", run: inTank(observing(func() { leaves(false) })),
			at: nowhere,
		},
		"child_in_session": {
			reason: "And has left its group, where nobody finds it.", run: inTank(observing(func() { leaves(true) })),
			at: nowhere, stray: true,
		},
		"child_in_session_exits": dies(fault{
			reason: "The end of the process is not the end of its output.", stray: true,
			run: inTank(observing(func() {
				leaves(true)
				exits()
			})),
			want: []string{"exit status 7", "the disk is gone"},
		}),
	}
}

func exits() {
	fmt.Fprintln(os.Stderr, "the disk is gone")
	os.Exit(7)
}

func panicsApart() {
	go func() { panic("lost my head") }()
	select {}
}

// eats takes memory until there is none, or as much as a machine can spare.
func eats() {
	if raceEnabled { // which no limit of memory leaves any
		killSelf()
	}
	var eaten []string
	for range 64 {
		eaten = append(eaten, strings.Repeat("x", 32<<20))
	}
	panic(fmt.Sprint("ate all of it: ", len(eaten)))
}

// getStuck has this thread, and many more, read what nobody writes.
func getStuck() {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	for range 32 {
		go func() { _, _ = syscall.Read(ends[0], make([]byte, 1)) }()
	}
	_, _ = syscall.Read(ends[0], make([]byte, 1))
}

// Standard output and standard error before go-plugin replaces them.
var stdoutBefore, stderrBefore = os.Stdout, os.Stderr

// leaves starts a process that holds the plugin's output and outlives it.
func leaves(ownSession bool) {
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"=silent_at_start")
	cmd.Stdout, cmd.Stderr = stdoutBefore, stderrBefore
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: ownSession}
	if err := cmd.Start(); err != nil {
		panic(errors.Join(errors.New("cannot leave anything"), err))
	}
}
