package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// observers are what the fake subject's Observe can be told to do.
var observers = map[string]func(context.Context, *fake) (protocol.Observation, error){
	"": func(context.Context, *fake) (protocol.Observation, error) { return fakeObservation(), nil },
	"empty": func(context.Context, *fake) (protocol.Observation, error) {
		return protocol.Observation{Time: fakeTime}, nil
	},
	"count": func(_ context.Context, f *fake) (protocol.Observation, error) {
		o := fakeObservation()
		o.State = json.RawMessage(fmt.Sprint(f.calls.Add(1)))
		return o, nil
	},
	// big has a state of that many bytes, the first time.
	"big": func(_ context.Context, f *fake) (protocol.Observation, error) {
		size := f.config.Bytes
		if f.calls.Add(1) > 1 {
			size = 2
		}
		return state(strings.Repeat("x", size-2))
	},
	"deadline": func(ctx context.Context, _ *fake) (protocol.Observation, error) {
		deadline, ok := ctx.Deadline()
		return state(map[string]any{"ok": ok, "deadline": deadline.UnixNano()})
	},
	// hang ends with its context.
	"hang": func(ctx context.Context, f *fake) (protocol.Observation, error) {
		f.note("observing")
		<-ctx.Done()
		f.note("ended: %v", ctx.Err())
		return protocol.Observation{}, ctx.Err()
	},
	// stuck does not end at all.
	"stuck": func(_ context.Context, f *fake) (protocol.Observation, error) {
		f.note("observing")
		select {}
	},
	"panic": func(_ context.Context, f *fake) (protocol.Observation, error) {
		if f.calls.Add(1) == 1 {
			panic("lost my head")
		}
		return fakeObservation(), nil
	},
	"die": func(context.Context, *fake) (protocol.Observation, error) {
		plugin.Logger().Warn("a last record")
		print("panic: ", "a last word\n") // as the Go runtime does
		exit(7)
		select {}
	},
	// until_told ends when there is a file beside the diary.
	"until_told": func(ctx context.Context, f *fake) (protocol.Observation, error) {
		f.note("observing")
		for ctx.Err() == nil {
			if _, err := os.Stat(f.config.Diary + ".go"); err == nil {
				return fakeObservation(), nil
			}
			time.Sleep(time.Millisecond)
		}
		return protocol.Observation{}, ctx.Err()
	},
	// print writes that many bytes without a line's end to standard output, past
	// what replaces it.
	"print": func(_ context.Context, f *fake) (protocol.Observation, error) {
		_, err := stdoutBefore.WriteString(strings.Repeat("x", f.config.Bytes))
		return fakeObservation(), err
	},
	// flood writes that many lines to standard error, and dies.
	"flood": func(_ context.Context, f *fake) (protocol.Observation, error) {
		for i := range f.config.Bytes {
			fmt.Fprintln(stderrBefore, "line", i)
		}
		fmt.Fprintln(stderrBefore, "why it died")
		exit(6)
		select {}
	},
	// spin computes until it is stopped.
	"spin": func(context.Context, *fake) (protocol.Observation, error) {
		for n := 0; ; n++ {
			if n < 0 {
				return fakeObservation(), nil
			}
		}
	},
	// eat takes memory until there is no more.
	"eat": func(context.Context, *fake) (protocol.Observation, error) {
		var eaten [][]byte
		for {
			piece := make([]byte, 16<<20)
			for i := 0; i < len(piece); i += 4096 {
				piece[i] = 1
			}
			eaten = append(eaten, piece)
			if len(eaten) > 1<<10 { // 16 GiB: nothing has stopped it
				return fakeObservation(), nil
			}
		}
	},
	"error": func(context.Context, *fake) (protocol.Observation, error) {
		return protocol.Observation{}, fmt.Errorf("while looking: %w", &protocol.Error{
			Code: protocol.Unavailable, Message: "no\xffbody home", Retryable: true, Err: io.ErrUnexpectedEOF,
		})
	},
	"foreign": func(context.Context, *fake) (protocol.Observation, error) {
		return protocol.Observation{}, errors.New("just so")
	},
	"process": func(context.Context, *fake) (protocol.Observation, error) {
		stdin, err := io.ReadAll(os.Stdin)
		return state(map[string]any{"environment": os.Environ(), "stdin": string(stdin), "stdin_error": fmt.Sprint(err), "args": os.Args[1:]})
	},
	"log": func(context.Context, *fake) (protocol.Observation, error) {
		writeLog()
		return fakeObservation(), nil
	},
	"huge_error": func(context.Context, *fake) (protocol.Observation, error) {
		return protocol.Observation{}, hugeError()
	},
}

// actors are the fake subject's actions, those that its catalogue names and
// some that it does not.
var actors = map[string]func(context.Context, *fake, protocol.Action) (protocol.Outcome, error){
	"echo": func(_ context.Context, _ *fake, a protocol.Action) (protocol.Outcome, error) {
		raw, err := json.Marshal(a)
		status := protocol.OutcomeAccepted
		if a.DryRun {
			status = protocol.OutcomePlanned
		}
		return protocol.Outcome{Status: status, Message: "as you \xff said", Changes: []protocol.Change{
			{Entity: "é", Field: "f", Before: json.RawMessage(`null`), After: raw},
			{Entity: "b"},
		}}, err
	},
	"die": func(context.Context, *fake, protocol.Action) (protocol.Outcome, error) {
		exit(9)
		select {}
	},
	"panic": func(context.Context, *fake, protocol.Action) (protocol.Outcome, error) { panic("act up") },
	"stuck": func(context.Context, *fake, protocol.Action) (protocol.Outcome, error) { select {} },
	"applied": func(context.Context, *fake, protocol.Action) (protocol.Outcome, error) {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Aborted, Message: "done, but", Effect: protocol.EffectApplied}
	},
	"undeclared": func(context.Context, *fake, protocol.Action) (protocol.Outcome, error) {
		return protocol.Outcome{}, &protocol.Error{Code: protocol.Unavailable, Message: "perhaps", Retryable: true}
	},
	"huge": func(context.Context, *fake, protocol.Action) (protocol.Outcome, error) {
		return protocol.Outcome{Message: strings.Repeat("x", plugin.MaxMessageBytes)}, nil
	},
}

// exit is os.Exit, by another name because functions that end with that have to
// end with more.
func exit(code int) { os.Exit(code) }

// hugeError is an error that is beyond every bound.
func hugeError() *protocol.Error {
	e := &protocol.Error{Code: protocol.InvalidArgument, Message: strings.Repeat("é\xff", 1<<20)}
	for i := range 1000 {
		e.Fields = append(e.Fields, protocol.FieldError{Path: strings.Repeat("p", 1<<10), Message: fmt.Sprint(i, strings.Repeat("é", 1<<10))})
	}
	return e
}

// writeLog writes to the host's log in every way that there is.
func writeLog() {
	logger := plugin.Logger().With("level", 3, "subject", "fake")
	logger.Error("an error", "msg", "not the message", "time", "noon", "n", 1<<60, "f", 0.5, "ok", true, "none", nil)
	logger.WithGroup("g").Debug("a \"group\"\nof two lines", "level", "deep", "took", time.Second)
	logger.Log(context.Background(), -8, "a trace", "list", []int{1, 2}, "@level", "fake")
	fmt.Fprintln(os.Stderr, "a line")
	fmt.Println("a printed line")
	log.New(stderrBefore, "", 0).Print("a logged line")
	for _, hostile := range []string{
		`{"@message":5}`, `{"@message":null,"@level":7}`, `{"@message":"odd level","@level":["error"],"@timestamp":3}`,
		`[1]`, `{"@message":`, "\xff\x1b[31m", strings.Repeat("y", 200_000), `{"@message":"` + strings.Repeat("z", 100_000) + `"}`,
	} {
		fmt.Fprintln(stderrBefore, hostile)
	}
	fmt.Fprint(stderrBefore, "no end")
	fmt.Fprintln(stderrBefore)
	fmt.Fprintln(stderrBefore, "the last line")
}

// stderrBefore and stdoutBefore are standard error and output before anything
// replaces them.
var stderrBefore, stdoutBefore = os.Stderr, os.Stdout
