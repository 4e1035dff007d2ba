//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestDefinition(t *testing.T) {
	subject, p := load(t, fakeConfig{Severity: protocol.Warning})
	noOpen := cmpopts.IgnoreFields(protocol.Definition{}, "Open")
	compare(t, "the plugin's definition is the subject's own", fakeDefinition(), p.Definition(), noOpen)

	want := fakeDefinition()
	want.Invariants[0].Severity = protocol.Warning
	compare(t, "the opened subject's is as the configuration made it", want, protocol.DefinitionOf(subject, p.Definition()), noOpen)
}

func TestObserve(t *testing.T) {
	subject, _ := load(t, fakeConfig{})
	got, err := subject.Observe(within(t, patience))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "everything arrives, and invalid UTF-8 as JSON would have it", asText(fakeObservation()), got)
}

// asText makes the texts of an observation valid, as JSON does.
func asText(o protocol.Observation) protocol.Observation {
	valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	o.Summary = valid(o.Summary)
	o.Violations = slices.Clone(o.Violations)
	for i := range o.Violations {
		o.Violations[i].Entity, o.Violations[i].Message = valid(o.Violations[i].Entity), valid(o.Violations[i].Message)
	}
	return o
}

func TestOpenOnce(t *testing.T) {
	_, p := load(t, fakeConfig{})
	_, err := p.Definition().Open(within(t, patience), fakeConfig{}.json())
	compare(t, "the second Open", protocol.FailedPrecondition, protocol.CodeOf(err))
}

func TestOpenAgainAfterAFailure(t *testing.T) {
	nothingLeft(t)
	p, err := plugin.Launch(t.Context(), pluginOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	open := p.Definition().Open
	_, err = open(within(t, patience), fakeConfig{Open: "fail"}.json())
	got, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	compare(t, "a configuration error, field by field", &protocol.Error{
		Code: protocol.InvalidArgument, Message: "open fake",
		Fields: []protocol.FieldError{{Path: "open", Message: "must not fail"}, {Path: "urls[1]", Message: "is \uFFFD no URL"}},
	}, got)
	for _, mistake := range []string{"panic", "nothing"} {
		_, err = open(within(t, patience), fakeConfig{Open: mistake}.json())
		compare(t, mistake, protocol.Internal, protocol.CodeOf(err))
	}
	_, err = open(within(t, patience), fakeConfig{Severity: "dire"}.json())
	compare(t, "a configured definition that is not valid", protocol.Internal, protocol.CodeOf(err))
}

func TestLoadFails(t *testing.T) {
	nothingLeft(t)
	_, _, err := plugin.Load(t.Context(), pluginOptions(), fakeConfig{Open: "fail"}.json())
	if e, ok := errors.AsType[*protocol.Error](err); !ok || len(e.Fields) != 2 {
		t.Errorf("got %v", err)
	}
}

func TestLargeState(t *testing.T) {
	const size = plugin.MaxMessageBytes - 1<<10
	subject, _ := load(t, fakeConfig{Observe: "big", Bytes: size})
	o, err := subject.Observe(within(t, patience))
	if err != nil || len(o.State) != size {
		t.Errorf("got %d bytes, %v; want %d", len(o.State), err, size)
	}
}

func TestTooLargeState(t *testing.T) {
	subject, _ := load(t, fakeConfig{Observe: "big", Bytes: plugin.MaxMessageBytes})
	_, err := subject.Observe(within(t, patience))
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.ResourceExhausted || e.Effect != "" || !strings.Contains(e.Message, fmt.Sprint("at most ", plugin.MaxMessageBytes)) {
		t.Errorf("got %#v, %v", e, err)
	}
	if _, err := subject.Observe(within(t, patience)); err != nil {
		t.Errorf("the next observation: %v", err)
	}
}

func TestObserveErrors(t *testing.T) {
	tests := map[string]struct {
		reason  string
		observe string
		want    protocol.Error
		alive   bool
	}{
		"Typed": {
			"All but the cause arrives, and so does what was said around it.", "error",
			protocol.Error{Code: protocol.Unavailable, Message: "while looking: no\uFFFDbody home", Retryable: true},
			true,
		},
		"Foreign": {"Any error has a code.", "foreign", protocol.Error{Code: protocol.UnknownError, Message: "just so"}, true},
		"Panic": {
			"A panic is the end of the call, not of the process.", "panic",
			protocol.Error{Code: protocol.Internal, Message: "the subject panicked in /subject.v1.SubjectService/Observe: lost my head"},
			true,
		},
		"Dies": {
			"A process that is gone will not come back.", "die",
			protocol.Error{Code: protocol.Unavailable, Message: "observe: the plugin's process has ended (exit status 7): start it again; it last wrote: panic: a last word"},
			false,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			subject, _ := load(t, fakeConfig{Observe: tc.observe})
			for range 2 {
				_, err := subject.Observe(within(t, patience))
				if tc.observe == "panic" && err == nil {
					break // it panics once
				}
				got, ok := errors.AsType[*protocol.Error](err)
				if !ok {
					t.Fatalf("%s: got %v", tc.reason, err)
				}
				compare(t, tc.reason, &tc.want, got, cmpopts.IgnoreFields(protocol.Error{}, "Err"))
			}
			_, err := subject.Act(within(t, patience), protocol.Action{Name: "echo"})
			compare(t, "is the process alive", tc.alive, err == nil)
		})
	}
}

func TestLargestError(t *testing.T) {
	subject, _ := load(t, fakeConfig{Observe: "huge_error"})
	_, err := subject.Observe(within(t, patience))
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.InvalidArgument || len(e.Fields) != 101 || e.Fields[100].Message != "and 900 more" {
		t.Fatalf("got %.300v", err)
	}
	if !strings.HasSuffix(e.Message, "...") || !strings.HasSuffix(e.Fields[99].Message, "é...") || strings.Contains(e.Fields[99].Message, "\uFFFD") {
		t.Errorf("texts are not cut well: %.20q, %.20q", e.Message[len(e.Message)-20:], e.Fields[99].Message[len(e.Fields[99].Message)-20:])
	}
}

func TestDeadline(t *testing.T) {
	path := diary(t)
	subject, _ := load(t, fakeConfig{Observe: "hang", Diary: path})
	start := time.Now()
	_, err := subject.Observe(within(t, 500*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) || protocol.CodeOf(err) != protocol.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > patience/2 {
		t.Errorf("took %s", took)
	}
	waitForEntry(t, path, "ended: ") // by the deadline, or by the host's giving up, whichever it sees first
}

func TestDeadlineOfAStuckSubject(t *testing.T) {
	subject, _ := load(t, fakeConfig{Observe: "stuck"})
	start := time.Now()
	_, err := subject.Observe(within(t, 200*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > patience/2 {
		t.Errorf("took %s", took)
	}
}

func TestDeadlineIsSeen(t *testing.T) {
	subject, _ := load(t, fakeConfig{Observe: "deadline"})
	ctx := within(t, time.Hour)
	want, _ := ctx.Deadline()
	o, err := subject.Observe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := decode[struct {
		OK       bool
		Deadline int64
	}](t, o.State)
	if off := time.Unix(0, got.Deadline).Sub(want).Abs(); !got.OK || off > patience {
		t.Errorf("the plugin saw the deadline: %t, off by %s", got.OK, off)
	}
}

func TestCancellation(t *testing.T) {
	path := diary(t)
	subject, _ := load(t, fakeConfig{Observe: "hang", Diary: path})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() {
		_, err := subject.Observe(ctx)
		done <- err
	}()
	waitForEntry(t, path, "observing")
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) || protocol.CodeOf(err) != protocol.Canceled {
		t.Errorf("got %v", err)
	}
	waitForEntry(t, path, "ended: context canceled")

	if _, err := subject.Observe(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: got %v", err)
	}
}

func TestConcurrentObserve(t *testing.T) {
	const calls = 200
	subject, _ := load(t, fakeConfig{Observe: "count"})
	want := asText(fakeObservation())
	want.State = nil
	states := make([]string, calls)
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			o, err := subject.Observe(within(t, patience))
			if err != nil {
				t.Error(err)
				return
			}
			states[i] = string(o.State)
			o.State = nil
			compare(t, "one of many", want, o)
		})
	}
	wg.Wait()
	slices.Sort(states)
	if got := len(slices.Compact(states)); got != calls {
		t.Errorf("%d different observations, want %d", got, calls)
	}
}

func TestProcess(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the host's own")
	t.Setenv("PASSED_ON", "on purpose")
	t.Setenv("NO_PROXY", "localhost")
	subject, _ := load(t, fakeConfig{Observe: "process"}, func(o *plugin.Options) {
		o.Env = append(o.Env, "PASSED_ON", "GIVEN=a=b", "NOT_SET", "", "PLUGIN_MIN_PORT=1", "TZ=UTC")
		o.Args = []string{"-x", "a b"}
	})
	got := stateOf[struct {
		Environment        []string
		Stdin, Stdin_error string //nolint:revive // the name in the JSON
		Args               []string
	}](t, subject)
	compare(t, "standard input is empty", "", got.Stdin)
	compare(t, "and readable", "<nil>", got.Stdin_error)
	compare(t, "arguments", []string{"-x", "a b"}, got.Args)

	env := make(map[string]string)
	for _, e := range got.Environment {
		name, value, _ := strings.Cut(e, "=")
		if _, again := env[name]; again {
			t.Errorf("%s is there twice", name)
		}
		env[name] = value
	}
	want := map[string]string{modeVariable: "plugin", "GORACE": "atexit_sleep_ms=0 halt_on_error=1", "PASSED_ON": "on purpose", "GIVEN": "a=b", "NO_PROXY": "localhost", "TZ": "UTC"}
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "no_proxy",
	} {
		if value, ok := os.LookupEnv(name); ok {
			want[name] = value
		}
	}
	for name, value := range env { // what go-plugin needs
		if strings.HasPrefix(name, "PLUGIN_") && name != "PLUGIN_MIN_PORT" || name == "OPERATOR_SUBJECT_PLUGIN" {
			want[name] = value
		}
	}
	want["PLUGIN_MIN_PORT"] = "10000" // which nobody overrides
	compare(t, "the environment", want, env)
}
