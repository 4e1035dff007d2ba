package kit

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestIsUnicode(t *testing.T) {
	cases := map[string]struct {
		reason string
		doc    string
		want   bool
	}{
		"Plain":            {reason: "nothing to escape", doc: `{"key":"ключ 👩"}`, want: true},
		"Pair":             {reason: "an escaped pair is one character", doc: `{"key":"\ud83d\ude00x"}`, want: true},
		"OtherEscapes":     {reason: "a backslash before a u is no unit", doc: `{"key":"\\ud83d\n\u00e4\"\\\\u"}`, want: true},
		"LoneHigh":         {reason: "half a pair at the end", doc: `{"key":"\ud83d"}`},
		"LoneHighThenText": {reason: "half a pair before text", doc: `{"key":"\ud83dxxxxxxxx"}`},
		"LoneLow":          {reason: "the second half alone", doc: `{"key":"\ude00"}`},
		"TwoHighs":         {reason: "two first halves", doc: `{"key":"\ud83d\ud83d"}`},
		"Swapped":          {reason: "the halves the wrong way round", doc: `{"key":"\ude00\ud83d"}`},
		"InName":           {reason: "names of fields are text too", doc: `{"\ud83d":1}`},
		"InvalidUTF8":      {reason: "bytes that are no text", doc: "{\"key\":\"a\xff\"}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := isUnicode([]byte(tc.doc)); got != tc.want {
				t.Errorf("%s: isUnicode(%q) = %t, want %t", tc.reason, tc.doc, got, tc.want)
			}
		})
	}
}

// TestHalfACharacterReachesNobody: decoded, it would be another key than the one
// that was meant.
func TestHalfACharacterReachesNobody(t *testing.T) {
	type params struct {
		Key string `json:"key"`
	}
	schema, err := Schema[params](nil)
	if err != nil {
		t.Fatal(err)
	}
	done := false
	actor, err := NewActor(Handle(protocol.ActionSpec{Name: "reset", Params: schema},
		func(context.Context, params, bool) (protocol.Outcome, error) {
			done = true
			return protocol.Outcome{Status: protocol.OutcomeAccepted}, nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = actor.Act(t.Context(), protocol.Action{Name: "reset", ID: "1", Params: json.RawMessage(`{"key":"\ud800"}`)})
	if protocol.CodeOf(err) != protocol.InvalidArgument || protocol.EffectOf(err) != protocol.EffectNone || done {
		t.Errorf("got %v (done: %t), want InvalidArgument and nothing done", err, done)
	}
}
