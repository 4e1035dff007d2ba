//go:build linux

package faulty_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// host does with a plugin what a host does, up to where the fault is to come
// out, and closes it. It returns how long that took, if there was anything to
// close.
func (f fault) host(t *testing.T, mode string) (closing time.Duration, closed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	opts := options(mode)
	log := &heard{}
	opts.Logger = log.logger()
	defer log.check(t)
	began := time.Now()
	p, err := plugin.Launch(ctx, opts)
	if f.at == atStart {
		if err == nil {
			_ = p.Close()
			t.Fatalf("%s: it has started", f.reason)
		}
		f.judge(t, err, time.Since(began), opts.StartTimeout+opts.CloseTimeout)
		return 0, false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() }) // for a test that has failed
	f.call(ctx, t, p)
	if f.dies {
		f.died(t, p)
	}
	began = time.Now()
	if err := p.Close(); err != nil {
		t.Errorf("%s: Close: %v", f.reason, err)
	}
	closing = time.Since(began)
	if alive(p.PID()) {
		t.Errorf("%s: process %d is there after Close", f.reason, p.PID())
	}
	// The bound is the promise; what is added to it is for a busy machine.
	if closing > closeTimeout+slack {
		t.Errorf("%s: Close took %s, and may take %s", f.reason, closing, closeTimeout)
	}
	return closing, true
}

// slack is how much later than its bound something may be on a busy machine.
const slack = 2 * time.Second

// call makes the calls up to the one that is to fail, and judges that.
func (f fault) call(ctx context.Context, t *testing.T, p *plugin.Plugin) {
	t.Helper()
	bound := patience
	at := func(s step) context.Context {
		if s != f.at || f.deadline == 0 {
			return ctx
		}
		bound = f.deadline
		ctx, cancel := context.WithTimeout(ctx, f.deadline)
		t.Cleanup(cancel)
		return ctx
	}
	config := tankWith(t, brim+10)
	began := time.Now()
	opening := at(atOpen)
	subject, err := p.Definition().Open(opening, config)
	if f.at == atOpen {
		f.judge(t, err, time.Since(began), bound)
		return
	}
	if err != nil {
		t.Fatalf("%s: open: %v", f.reason, err)
	}
	began = time.Now()
	observing := at(atObserve)
	o, err := subject.Observe(observing)
	if f.at == atObserve {
		f.judge(t, err, time.Since(began), bound)
		if len(o.State) > 0 || len(o.Violations) > 0 {
			t.Errorf("%s: an observation came with the error", f.reason)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: observe: %v", f.reason, err)
	}
	began = time.Now()
	acting := at(atAct)
	_, err = subject.Act(acting, protocol.Action{Name: "drain", ID: protocol.NewActionID(), Params: json.RawMessage(`{"valves":1}`)})
	if f.at == atAct {
		f.judge(t, err, time.Since(began), bound)
		return
	}
	if err != nil {
		t.Fatalf("%s: act: %v", f.reason, err)
	}
}

// judge compares what the host got with what it is to get.
func (f fault) judge(t *testing.T, err error, took, bound time.Duration) {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: there was no error", f.reason)
	}
	t.Log(err)
	if took > bound+slack {
		t.Errorf("%s: it took %s, and may take %s", f.reason, took, bound)
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		t.Fatalf("%s: the error is a %T, and has no code", f.reason, err)
	}
	if e.Code != f.code {
		t.Errorf("%s: the code is %s, want %s", f.reason, e.Code, f.code)
	}
	if f.at == atAct && protocol.EffectOf(err) != f.effect || f.at != atAct && e.Effect != "" {
		t.Errorf("%s: the effect is %q, want %q", f.reason, e.Effect, f.effect)
	}
	for _, want := range f.want {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q is not in the error", f.reason, want)
		}
	}
	for _, want := range f.fields {
		if !slices.ContainsFunc(e.Fields, func(field protocol.FieldError) bool { return field.Path == want }) {
			t.Errorf("%s: the error does not name %s", f.reason, want)
		}
	}
	if text := err.Error(); len(text) > 256<<10 || strings.ContainsFunc(e.Message, unicode.IsControl) {
		t.Errorf("%s: the error is too long, or no plain line", f.reason)
	}
}

// died waits for the end of the process, and looks at how that is told.
func (f fault) died(t *testing.T, p *plugin.Plugin) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatalf("%s: the end of the process was not told", f.reason)
	}
	if code := protocol.CodeOf(p.Err()); code != protocol.Unavailable {
		t.Errorf("%s: the process ended with %v", f.reason, p.Err())
	}
}

// loadGood shows that the next plugin works.
func loadGood(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	subject, p, err := plugin.Load(ctx, options("good"), tankWith(t, 1))
	if err != nil {
		t.Fatalf("the next plugin: %v", err)
	}
	if _, err := subject.Observe(ctx); err != nil {
		t.Errorf("the next plugin: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("the next plugin: %v", err)
	}
}

// tankWith makes a tank with so much in it, and returns the configuration.
func tankWith(t testing.TB, level int) json.RawMessage {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tank")
	if err := os.WriteFile(file, fmt.Append(nil, level), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(tankConfig{File: file})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// tellClosing prints how long closing took, longest first.
func tellClosing(t *testing.T, closing map[string]time.Duration) {
	t.Helper()
	var lines []string
	for mode, took := range closing {
		lines = append(lines, fmt.Sprintf("%6d ms  %s", took.Milliseconds(), mode))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	t.Logf("Close, which may take %s:\n%s", closeTimeout, strings.Join(lines, "\n"))
}
