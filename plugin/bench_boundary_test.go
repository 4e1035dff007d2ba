package plugin

import (
	"context"
	"encoding/json"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// BenchmarkBoundary has a state of so many counters cross the boundary, in this
// process, as the JSON that the host hands on, and in other forms over plain
// gRPC, in turns. What is sent has been encoded before. Its ratios, of medians:
//
//	of-typed-pages        the state, not checked, to typed messages in pages of 1,000 counters, decoded
//	of-typed-pages-made   the same, the one encoded by json.Marshal and the others by hand each time
//	of-struct             the state, not checked, to one google.protobuf.Struct, decoded
//	checked-of-unchecked  the state, checked against its schema, to the same not checked
//	checked-of-decoded    the state, checked, to the same not checked and decoded by json.Unmarshal
func BenchmarkBoundary(b *testing.B) {
	for _, size := range []struct {
		name string
		n    int
		most size // of a message
	}{{"1k", 1_000, 0}, {"10k", 10_000, 0}, {"full", fullState(), 0}, {"100k", 100_000, 16 << 20}} {
		b.Run(size.name, func(b *testing.B) { benchBoundary(b, benchCounters(size.n), size.most) })
	}
}

// fullState is how many counters a message has room for that nobody has allowed
// to be larger.
func fullState() int {
	const other = 64 << 10 // than the state
	for n := 10_000; ; n += 1_000 {
		if state, err := json.Marshal(benchState{benchCounters(n)}); err != nil || len(state) > MaxMessageBytes-other {
			return n - 1_000
		}
	}
}

func benchBoundary(b *testing.B, counters []benchCounter, most size) {
	b.Helper()
	state, err := json.Marshal(benchState{counters})
	if err != nil {
		b.Fatal(err)
	}
	looked := &benchSubject{counters: counters, state: state}
	s := benchOpen(b, looked, most)
	forms := connectForms(b, counters)
	unchecked := func(ctx context.Context) (json.RawMessage, error) {
		var observation protocol.Observation
		err := call(ctx, s.remote, "observe", s.service.Observe, &subjectv1.ObserveRequest{}, func(resp *subjectv1.ObserveResponse) (err error) {
			observation, err = observationFromAnswer(resp)
			return err
		})
		if err != nil {
			return nil, err
		}
		return observation.State, nil
	}
	ways := map[string]func(context.Context) (int, error){
		"state": func(ctx context.Context) (int, error) {
			got, err := unchecked(ctx)
			return len(got) * len(counters) / len(state), err
		},
		"checked": func(ctx context.Context) (int, error) {
			got, err := s.Observe(ctx)
			return len(got.State) * len(counters) / len(state), err
		},
		"decoded": func(ctx context.Context) (int, error) {
			got, err := unchecked(ctx)
			if err != nil {
				return 0, err
			}
			var decoded benchState
			err = json.Unmarshal(got, &decoded)
			return len(decoded.Counters), err
		},
		"pages":  forms.pages,
		"struct": forms.structure,
	}
	ways["state-made"], ways["pages-made"] = looked.making(ways["state"]), forms.making(ways["pages"])

	took := make(map[string][]time.Duration, len(ways))
	for b.Loop() {
		for name, way := range ways {
			start := time.Now()
			n, err := way(b.Context())
			took[name] = append(took[name], time.Since(start))
			if err != nil || n != len(counters) {
				b.Fatalf("%s: %d of %d counters, %v", name, n, len(counters), err)
			}
		}
	}
	medians := make(map[string]float64, len(took))
	for name, all := range took {
		slices.Sort(all)
		medians[name] = all[len(all)/2].Seconds()
		b.ReportMetric(medians[name]*1000, name+"-p50-ms")
	}
	b.ReportMetric(medians["state"]/medians["pages"], "of-typed-pages")
	b.ReportMetric(medians["state-made"]/medians["pages-made"], "of-typed-pages-made")
	b.ReportMetric(medians["state"]/medians["struct"], "of-struct")
	b.ReportMetric(medians["checked"]/medians["state"], "checked-of-unchecked")
	b.ReportMetric(medians["checked"]/medians["decoded"], "checked-of-decoded")
	b.ReportMetric(float64(len(counters)), "counters")
	b.ReportMetric(float64(len(state))/(1<<20), "state-MiB")
	b.ReportMetric(0, "ns/op") // all of them together mean nothing
}

// benchOpen opens a subject behind the wire.
func benchOpen(b *testing.B, looked *benchSubject, most size) *subject {
	b.Helper()
	def := aDefinition()
	def.StateSchema = json.RawMessage(benchSchema)
	def.Open = func(context.Context, json.RawMessage) (protocol.Subject, error) { return looked, nil }
	p, err := launchInMemory(b.Context(), def, most)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
	opened, err := p.Definition().Open(b.Context(), json.RawMessage(`{}`))
	if err != nil {
		b.Fatal(err)
	}
	s, ok := opened.(*subject)
	if !ok {
		b.Fatalf("it is a %T", opened)
	}
	return s
}

const benchSchema = `{"type":"object","additionalProperties":false,"required":["counters"],"properties":{
	"counters":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["key","count","limit","remaining"],"properties":{
		"key":{"type":"string"},"count":{"type":"integer","minimum":0},"limit":{"type":"integer"},"remaining":{"type":"integer","minimum":0}}}}}}`

// benchSubject observes counters.
type benchSubject struct {
	protocol.Subject

	counters []benchCounter
	state    json.RawMessage
	made     atomic.Bool // each time
}

// Observe implements [protocol.Subject].
func (s *benchSubject) Observe(context.Context) (protocol.Observation, error) {
	o := protocol.Observation{Time: time.Now(), Sources: []protocol.Source{{Name: "a", Class: "ok"}}, State: s.state}
	if !s.made.Load() {
		return o, nil
	}
	var err error
	o.State, err = json.Marshal(benchState{s.counters})
	return o, err
}

// making has the state encoded each time.
func (s *benchSubject) making(way func(context.Context) (int, error)) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		s.made.Store(true)
		defer s.made.Store(false)
		return way(ctx)
	}
}
