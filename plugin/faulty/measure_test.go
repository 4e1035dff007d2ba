//go:build linux

package faulty_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A measurement is what a host tells of a plugin. Memory is what the system
// says is resident, in KiB.
type measurement struct {
	Start, Peak int
	Calls       int
	Close       time.Duration
}

// measure loads a plugin, calls it as often as a host may, also several times at
// once, and tells what that took.
func measure(ctx context.Context, mode string, config json.RawMessage) int {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets the peak; proc(5)
		return fail(err)
	}
	m := measurement{Start: resident("VmRSS")}
	opts := options(mode)
	opts.Logger = (&heard{}).logger()
	p, err := plugin.Launch(ctx, opts)
	if err == nil {
		var subject protocol.Subject
		if subject, err = p.Definition().Open(ctx, config); err == nil {
			m.Calls = callOften(ctx, subject)
		}
		began := time.Now()
		if err := p.Close(); err != nil {
			return fail(err)
		}
		m.Close = time.Since(began)
	}
	if err != nil && faults[mode].at > atOpen {
		return fail(err)
	}
	m.Peak = resident("VmHWM")
	if err := json.NewEncoder(os.Stdout).Encode(m); err != nil {
		return fail(err)
	}
	return 0
}

// callOften makes calls one after the other, and then eight at a time. What
// comes of them is not looked at.
func callOften(ctx context.Context, subject protocol.Subject) (n int) {
	call := func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, _ = subject.Observe(ctx)
		_, _ = subject.Act(ctx, protocol.Action{Name: "drain", ID: protocol.NewActionID(), Params: json.RawMessage(`{"valves":1}`)})
	}
	const inRow, at, rounds = 4, 8, 2
	for range inRow {
		call()
	}
	var wg sync.WaitGroup
	for range at {
		wg.Go(func() {
			for range rounds {
				call()
			}
		})
	}
	wg.Wait()
	return 2 * (inRow + at*rounds)
}

// resident is a line of this process's status, in KiB.
func resident(name string) int {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer func() { _ = status.Close() }()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			var kib int
			_, _ = fmt.Sscan(value, &kib)
			return kib
		}
	}
	return 0
}
