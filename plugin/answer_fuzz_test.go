package plugin

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// fuzzNow is the host's clock.
var fuzzNow = time.Unix(1_700_000_100, 0)

// openDefinition permits any state.
func openDefinition() protocol.Definition {
	def := aDefinition()
	def.StateSchema = json.RawMessage(`{}`)
	return def
}

func checkerOf(tb testing.TB, def protocol.Definition) *verify.Checker {
	tb.Helper()
	c, err := verify.New(def)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// recordings are real documents, to be states.
func recordings(tb testing.TB) [][]byte {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "recordings", "*.json"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no recordings: %v", err)
	}
	all := make([][]byte, len(files))
	for i, file := range files {
		if all[i], err = os.ReadFile(file); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}

// take reads an answer as a call does.
func take(raw []byte, answer proto.Message) *protocol.Error {
	return (&codec{}).read(raw, answer)
}

func wire(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	raw, err := proto.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// FuzzAnswer has any bytes be the answer to any call. What is let through is
// what plain protobuf reads there, passes the check, and is the same after it
// has crossed once more and after it was a JSON document. All else is an error
// that is fit for a terminal. Neither takes memory out of proportion.
func FuzzAnswer(f *testing.F) {
	for _, state := range append(recordings(f), nil, []byte(`{}`), []byte("\xff")) {
		o := anObservation()
		o.State = state
		f.Add(byte(0), wire(f, &subjectv1.ObserveResponse{Observation: o}))
	}
	rich := &subjectv1.Observation{
		Time: timestamppb.New(fuzzNow), Duration: durationpb.New(time.Second), Summary: "s",
		Sources: []*subjectv1.Source{{Name: "a", Class: "timeout", Message: "m", Latency: durationpb.New(time.Minute)}},
		Violations: []*subjectv1.Violation{{
			Invariant: "down", Entity: "n", Severity: "critical", Message: "m", Value: new(1.5), Threshold: new(0.0), Unit: "u",
		}},
		Unchecked: []*subjectv1.Unchecked{{Invariant: "down", Entity: "o", Source: "a", Reason: "r"}},
		State:     []byte(`{"a":[1e-7,"\ud83d\ude00"]}`),
	}
	f.Add(byte(0), wire(f, &subjectv1.ObserveResponse{Observation: rich}))
	f.Add(byte(0), append(wire(f, &subjectv1.ObserveResponse{Observation: rich}), field(1, nil)...))
	f.Add(byte(1), wire(f, &subjectv1.ActResponse{
		Status: "accepted", Message: "m", Changes: []*subjectv1.Change{{Entity: "e", Field: "f", Before: []byte("null"), After: []byte("1")}},
	}))
	f.Add(byte(2), wire(f, &subjectv1.DescribeResponse{Definition: definitionToProto(aDefinition())}))
	f.Add(byte(3), wire(f, &subjectv1.ConfigureResponse{Definition: definitionToProto(openDefinition())}))
	check := checkerOf(f, openDefinition())
	f.Fuzz(func(t *testing.T, kind byte, raw []byte) {
		answer := []proto.Message{
			&subjectv1.ObserveResponse{}, &subjectv1.ActResponse{}, &subjectv1.DescribeResponse{}, &subjectv1.ConfigureResponse{},
		}[kind%4]
		before := allocated()
		refused := take(raw, answer)
		if got, most := allocated()-before, uint64(8<<20+256*len(raw)); got > most {
			t.Fatalf("%d bytes took %d bytes of memory, and may take %d", len(raw), got, most)
		}
		if refused != nil {
			mustBeFit(t, refused)
			return
		}
		plainly := answer.ProtoReflect().New().Interface()
		if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, plainly); err != nil || !proto.Equal(plainly, answer) {
			t.Fatalf("%x is %v, and to protobuf %v, %v", raw, answer, plainly, err)
		}
		switch answer := answer.(type) {
		case *subjectv1.ObserveResponse:
			o, err := observationFromAnswer(answer)
			if err == nil {
				err = check.Observation(o, fuzzNow)
			}
			if err != nil {
				mustBeFit(t, err)
				return
			}
			mustCross(t, check, o)
		case *subjectv1.ActResponse:
			action := protocol.Action{Name: "restart", ID: "1", DryRun: kind >= 4}
			o := outcomeFromProto(answer)
			if err := check.Outcome(action, o); err != nil {
				mustBeFit(t, err)
				return
			}
			back := &subjectv1.ActResponse{}
			if err := take(wire(t, outcomeToProto(o)), back); err != nil {
				t.Fatal(err)
			}
			same(t, o, outcomeFromProto(back))
			throughJSON(t, o)
		case *subjectv1.DescribeResponse:
			mustCrossDefinition(t, answer.GetDefinition())
		case *subjectv1.ConfigureResponse:
			mustCrossDefinition(t, answer.GetDefinition())
		}
	})
}

// mustCross fails the test unless an observation that is as the contract has it
// reaches the other side, and a reader of its JSON document, as it is.
func mustCross(t *testing.T, check *verify.Checker, o protocol.Observation) {
	t.Helper()
	back := &subjectv1.ObserveResponse{}
	if err := take(wire(t, &subjectv1.ObserveResponse{Observation: observationToProto(o)}), back); err != nil {
		t.Fatalf("%v is not read again: %v", o, err)
	}
	crossed, err := observationFromAnswer(back)
	if err == nil {
		err = check.Observation(crossed, fuzzNow)
	}
	if err != nil {
		t.Fatalf("%v is not accepted again: %v", o, err)
	}
	same(t, o, crossed)

	o = crossed
	read := throughJSON(t, o)
	if err := check.Observation(read, fuzzNow); err != nil {
		t.Fatalf("%v is not accepted as JSON: %v", o, err)
	}
	var state bytes.Buffer
	if err := json.Compact(&state, o.State); len(o.State) > 0 && err != nil {
		t.Fatalf("the state %q is no JSON: %v", o.State, err)
	}
	if state.Len() == 0 {
		state.WriteString("null")
	}
	// JSON documents have microseconds, and the state without white space.
	o.State, o.Duration = state.Bytes(), o.Duration.Round(time.Microsecond)
	o.Sources = each(o.Sources, func(s protocol.Source) protocol.Source {
		s.Latency = s.Latency.Round(time.Microsecond)
		return s
	})
	same(t, o, read)
}

func mustCrossDefinition(t *testing.T, wired *subjectv1.Definition) {
	t.Helper()
	def, _, err := definitionFromAnswer(wired)
	if err != nil {
		mustBeFit(t, err)
		return
	}
	back := &subjectv1.DescribeResponse{}
	if err := take(wire(t, &subjectv1.DescribeResponse{Definition: definitionToProto(def)}), back); err != nil {
		t.Fatal(err)
	}
	again, _, err := definitionFromAnswer(back.GetDefinition())
	if err != nil {
		t.Fatal(err)
	}
	same(t, def, again)
	throughJSON(t, def)
}

func same[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
}

// throughJSON writes a value as a JSON document and reads it, twice: the second
// document is the first.
func throughJSON[T json.Marshaler](t *testing.T, v T) T {
	t.Helper()
	var read T
	first, err := v.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(first, &read)
	}
	if err != nil {
		t.Fatalf("%v has no JSON: %v", v, err)
	}
	if second, err := read.MarshalJSON(); err != nil || !bytes.Equal(first, second) {
		t.Fatalf("%s became %s, %v", first, second, err)
	}
	return read
}

// mustBeFit fails the test unless an error's text is fit for a terminal.
func mustBeFit(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if len(text) > 16<<10 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		t.Fatalf("not a bounded printable line: %q", text)
	}
	if code := protocol.CodeOf(err); code != protocol.Internal && code != protocol.ResourceExhausted {
		t.Fatalf("%s: %v", code, err)
	}
}

// allocated is how much was ever allocated, in bytes, to within some pages.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// FuzzCrossing: an observation that is as the contract has it in the plugin is
// the same in the host, whatever its texts, numbers and state are.
func FuzzCrossing(f *testing.F) {
	for _, state := range append(recordings(f),
		[]byte(`{"a":1,"a":2}`), []byte(`"\ud800"`), []byte("\"\x00\""), []byte(" [ 1e400 ] "), []byte(`{"\u0061":1,"a":2}`), []byte("nul"), nil,
		[]byte("\"\u2028<>&\""), []byte(strings.Repeat("[", 65)+strings.Repeat("]", 65)), []byte("-0.0e-0"), []byte("01"), []byte("1 2"),
	) {
		f.Add(state, "n", "is down", "ms", 1.5, int64(1_700_000_000), int64(1), int64(time.Second), "ok", "")
	}
	for _, text := range []string{"", "\xff", "\x00", "\u202e", "\ufffd"} {
		f.Add([]byte("{}"), text, text, text, math.Inf(1), int64(-62135596801), int64(-1), int64(-1), text, text)
		f.Add([]byte("{}"), text, text, text, math.NaN(), int64(0), int64(999_999_999), int64(24*time.Hour)+1, "timeout", "m"+text)
	}
	check := checkerOf(f, openDefinition())
	f.Fuzz(func(t *testing.T, state []byte, entity, message, unit string, value float64, seconds, nanos, duration int64, class, problem string) {
		o := protocol.Observation{
			Time: time.Unix(seconds, nanos).UTC(), Duration: time.Duration(duration), Summary: message,
			Sources: []protocol.Source{{Name: "a", Class: protocol.SourceClass(class), Message: problem, Latency: time.Duration(duration)}},
			Violations: []protocol.Violation{{
				Invariant: "down", Entity: entity, Severity: protocol.Critical, Message: message, Value: &value, Threshold: new(0.0), Unit: unit,
			}},
			Unchecked: []protocol.Unchecked{{Invariant: "down", Source: "a", Reason: "r" + problem}},
			State:     state,
		}
		if err := check.Observation(o, fuzzNow); err != nil {
			mustBeFit(t, err)
			return
		}
		mustCross(t, check, o)
	})
}
