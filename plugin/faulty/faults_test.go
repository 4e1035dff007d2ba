//go:build linux

package faulty_test

import (
	"maps"
	"os"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A step is what a host does with a plugin.
type step int

const (
	atStart   step = iota // plugin.Launch
	atOpen                // the Open of its definition
	atObserve             //
	atAct                 //
	nowhere               // every call succeeds: the fault is harmless, or comes out at Close
)

// A fault is one way in which a plugin can be wrong, and what its host gets.
type fault struct {
	reason string
	run    func() int // main of the plugin

	// How it is started.
	plain  bool   // without mutual TLS
	memory uint64 // limit
	start  time.Duration

	// What the host gets, and where.
	at       step
	deadline time.Duration // of the call, if it is to be missed
	code     protocol.Code
	effect   protocol.Effect
	want     []string // in the error's text
	fields   []string // that the error names
	dies     bool     // and the process is gone by itself

	// stray is that it leaves a process that has left its group, so that no host
	// can know it.
	stray bool
	// loud is that it sends so much that the host's memory is to be measured.
	loud bool
	// check is the check of the suite that finds the fault. It is empty where the
	// plugin is never served, or where the host is not to notice.
	check string
}

// faults are the modes of this binary, by name.
var faults = func() map[string]fault {
	all := map[string]fault{"good": {run: inTank(hooks{}), at: nowhere}}
	for _, some := range []map[string]fault{
		startFaults(), handshakeFaults(), processFaults(), subjectFaults(), definitionFaults(),
		answerFaults(), outcomeFaults(), statusFaults(), noiseFaults(), floodFaults(),
	} {
		for mode, f := range some {
			if _, twice := all[mode]; twice {
				panic("two faults are called " + mode)
			}
			all[mode] = f
		}
	}
	return all
}()

// modes are the names of the faults that are as is asked, in order.
func modes(is func(fault) bool) []string {
	var names []string
	for _, mode := range slices.Sorted(maps.Keys(faults)) {
		if is(faults[mode]) {
			names = append(names, mode)
		}
	}
	return names
}

// Bounds of the host's, as a host has them.
const (
	startTimeout = 15 * time.Second // the machine has others to serve
	closeTimeout = 2 * time.Second
)

// options start this binary in a mode.
func options(mode string) plugin.Options {
	f := faults[mode]
	opts := plugin.Options{
		Path:         os.Args[0],
		Env:          []string{modeVariable + "=" + mode, runVariable, "GORACE=atexit_sleep_ms=0 halt_on_error=1"},
		DisableMTLS:  f.plain,
		StartTimeout: startTimeout,
		CloseTimeout: closeTimeout,
	}
	if f.start > 0 {
		opts.StartTimeout = f.start
	}
	if !raceEnabled { // whose memory is beyond any limit from the beginning
		opts.Limits.MemoryBytes = f.memory
	}
	return opts
}
