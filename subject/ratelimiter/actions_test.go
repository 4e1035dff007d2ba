package ratelimiter

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func action(name, id, params string) protocol.Action {
	return protocol.Action{Name: name, ID: id, Params: json.RawMessage(params), DryRun: id == ""}
}

func TestActionsRefuseWrongParameters(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(nil))
	for name, tc := range map[string]struct {
		action protocol.Action
		want   []string
	}{
		"NoSuchAction":  {action("restart_node", "1", `{}`), []string{"name"}},
		"NoID":          {protocol.Action{Name: resetCounter, Params: []byte(`{"key":"a"}`)}, []string{"id"}},
		"NoParams":      {action(resetCounter, "1", ``), []string{"key"}},
		"EmptyKey":      {action(resetCounter, "1", `{"key":""}`), []string{"key"}},
		"LongKey":       {action(resetCounter, "1", `{"key":"`+strings.Repeat("x", maxKeyBytes+1)+`"}`), []string{"key"}},
		"NumberAsKey":   {action(resetCounter, "1", `{"key":1}`), []string{"key"}},
		"Typo":          {action(resetCounter, "1", `{"key":"a","kee":1}`), []string{"kee"}},
		"NoLimit":       {action(updateLimit, "1", `{"key":"a"}`), []string{"limit"}},
		"NegativeLimit": {action(updateLimit, "1", `{"key":"a","limit":-1}`), []string{"limit"}},
		"HalfALimit":    {action(updateLimit, "1", `{"key":"a","limit":1.5}`), []string{"limit"}},
		"NoWindow":      {action(updateLimit, "1", `{"key":"a","limit":1,"window_ms":0}`), []string{"window_ms"}},
		"LongWindow":    {action(updateLimit, "1", `{"key":"a","limit":1,"window_ms":1e15}`), []string{"window_ms"}},
		"AllOfIt":       {action(updateLimit, "1", `{"key":"","limit":"x","window_ms":-5}`), []string{"key", "limit", "window_ms"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := act(t, s, tc.action)
			e, ok := errors.AsType[*protocol.Error](err)
			if !ok || e.Code != protocol.InvalidArgument || e.Effect != protocol.EffectNone {
				t.Fatalf("Act = %v, want InvalidArgument without effect", err)
			}
			var got []string
			for _, field := range e.Fields {
				got = append(got, field.Path)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("fields: -want +got:\n%s", diff)
			}
		})
	}
	if asked := f.calls(); len(asked) > 0 {
		t.Errorf("the service was asked %q", asked)
	}
}

// TestActionsAndTheirEffects does one action on services that fail in different
// ways: what is told of the change is what is known of it.
func TestActionsAndTheirEffects(t *testing.T) {
	const reset, put = "POST /api/counters/user%3A1/reset", "PUT /api/limits/user%3A1"
	resetUser1 := `{"key":"user:1"}`
	type outcome struct {
		Status protocol.OutcomeStatus
		Code   protocol.Code
		Effect protocol.Effect
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cases := map[string]struct {
		reason  string
		change  func(f *fake)
		name    string
		params  string
		dryRun  bool
		want    outcome
		changes string
		writes  []string
	}{
		"Reset": {
			reason: "as recorded", name: resetCounter, params: resetUser1,
			change:  func(f *fake) { f.on(reset, replay(f.t, "reset-existing")) },
			want:    outcome{Status: protocol.OutcomeAccepted},
			changes: `[{"entity":"user:1","field":"count","before":3,"after":0}]`,
			writes:  []string{reset},
		},
		"ResetDryRun": {
			reason: "nothing is sent that changes anything", name: resetCounter, params: resetUser1, dryRun: true,
			want:    outcome{Status: protocol.OutcomePlanned},
			changes: `[{"entity":"user:1","field":"count","before":3,"after":0}]`,
		},
		"ResetDryRunOfNothing": {
			reason: "there is no counter", name: resetCounter, params: `{"key":"nobody"}`, dryRun: true,
			want: outcome{Status: protocol.OutcomePlanned}, changes: `[]`,
		},
		"ResetOfNothing": {
			reason: "as recorded", name: resetCounter, params: `{"key":"nobody"}`,
			change:  func(f *fake) { f.on("POST /api/counters/nobody/reset", replay(f.t, "reset-absent")) },
			want:    outcome{Status: protocol.OutcomeUnchanged},
			changes: `[]`,
			writes:  []string{"POST /api/counters/nobody/reset"},
		},
		"ResetWithoutRedis": {
			reason: "what was before is not known, and keeps nobody from acting", name: resetCounter, params: resetUser1,
			change: func(f *fake) {
				f.on(reset, replay(f.t, "reset-existing"))
				f.rdb.ConfigSet(f.t.Context(), "requirepass", "other")
			},
			want:    outcome{Status: protocol.OutcomeAccepted},
			changes: `[{"entity":"user:1","field":"count","after":0}]`,
			writes:  []string{reset},
		},
		"Update": {
			reason: "as recorded", name: updateLimit, params: `{"key":"user:1","limit":2,"window_ms":120000}`,
			change: func(f *fake) { f.on(put, replay(f.t, "update-limit")) },
			want:   outcome{Status: protocol.OutcomeAccepted},
			changes: `[{"entity":"user:1","field":"limit","before":10,"after":2},
				{"entity":"user:1","field":"window_ms","before":60000,"after":120000}]`,
			writes: []string{put},
		},
		"UpdateOfOwnLimit": {
			reason: "before is what Redis has of the key's own", name: updateLimit, params: `{"key":"user:4","limit":7}`,
			change: func(f *fake) {
				f.on("PUT /api/limits/user%3A4", replay(f.t, "update-limit-default-window"))
				f.rdb.HSet(f.t.Context(), "ratelimit:limit:user:4", "limit", 3, "window_ms", 5000)
			},
			want: outcome{Status: protocol.OutcomeAccepted},
			changes: `[{"entity":"user:4","field":"limit","before":3,"after":7},
				{"entity":"user:4","field":"window_ms","before":5000,"after":60000}]`,
			writes: []string{"PUT /api/limits/user%3A4"},
		},
		"UpdateDryRun": {
			reason: "the window is the default if it is left out", name: updateLimit, params: `{"key":"user:1","limit":0}`, dryRun: true,
			want: outcome{Status: protocol.OutcomePlanned},
			changes: `[{"entity":"user:1","field":"limit","before":10,"after":0},
				{"entity":"user:1","field":"window_ms","before":60000,"after":60000}]`,
		},
		"UpdateToTheSame": {
			reason: "it is so already", name: updateLimit, params: `{"key":"user:1","limit":3,"window_ms":5000}`,
			change:  func(f *fake) { f.rdb.HSet(f.t.Context(), "ratelimit:limit:user:1", "limit", 3, "window_ms", 5000) },
			want:    outcome{Status: protocol.OutcomeUnchanged},
			changes: `[]`,
		},
		"UpdateThatIsNone": {
			reason: "the service says no", name: updateLimit, params: `{"key":"user:1","limit":2}`,
			change: func(f *fake) {
				f.on(put, answerWith(200, `{"key":"user:1","limit":2,"window_ms":60000,"updated":false}`))
			},
			want:   outcome{Code: protocol.FailedPrecondition, Effect: protocol.EffectNone},
			writes: []string{put},
		},
		"CannotRoute": {
			reason: "the recorded service finds no key with a slash", name: resetCounter, params: `{"key":"a/b"}`,
			change: func(f *fake) { f.on("POST /api/counters/a%2Fb/reset", replay(f.t, "reset-key-with-slash")) },
			want:   outcome{Code: protocol.FailedPrecondition, Effect: protocol.EffectNone},
			writes: []string{"POST /api/counters/a%2Fb/reset"},
		},
		"ManagementIsGone": {
			reason: "nobody was there to be told", name: resetCounter, params: resetUser1,
			change: func(f *fake) { f.nodes[0].Close() },
			want:   outcome{Code: protocol.Unavailable, Effect: protocol.EffectNone},
		},
		"ManagementHangs": {
			reason: "it answers nothing, so it is not told to change anything", name: resetCounter, params: resetUser1,
			change: func(f *fake) { f.on("GET /api/limits", hang) },
			want:   outcome{Code: protocol.DeadlineExceeded, Effect: protocol.EffectNone},
		},
		"HangsAfterItWasTold": {
			reason: "who knows", name: resetCounter, params: resetUser1,
			change: func(f *fake) { f.on(reset, hang) },
			want:   outcome{Code: protocol.DeadlineExceeded, Effect: protocol.EffectUnknown},
			writes: []string{reset},
		},
		"FailsAfterItWasTold": {
			reason: "it may have failed after the change", name: updateLimit, params: `{"key":"user:1","limit":2}`,
			change: func(f *fake) { f.on(put, answerWith(500, "Internal Server Error")) },
			want:   outcome{Code: protocol.Unavailable, Effect: protocol.EffectUnknown},
			writes: []string{put},
		},
		"AnswersForAnotherKey": {
			reason: "something on the way made another key of it", name: resetCounter, params: resetUser1,
			change: func(f *fake) { f.on(reset, answerWith(200, `{"key":"user:2","reset":true}`)) },
			want:   outcome{Code: protocol.Internal, Effect: protocol.EffectUnknown},
			writes: []string{reset},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if tc.change != nil {
				tc.change(f)
			}
			s := open(t, f.config(map[string]any{"management": map[string]any{"urls": []string{f.nodes[0].URL}, "timeout": "300ms"}}))
			a := protocol.Action{Name: tc.name, ID: "the first", Params: json.RawMessage(tc.params), DryRun: tc.dryRun}
			done, err := act(t, s, a)
			got := outcome{Status: done.Status}
			if e, ok := errors.AsType[*protocol.Error](err); ok {
				got.Code, got.Effect = e.Code, e.Effect
			} else if done.Message == "" {
				t.Error("nothing is said of it")
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s\n%v", tc.reason, diff, err)
			}
			if tc.changes != "" {
				sameJSON(t, tc.changes, done)
			}
			// The same ID again, whatever became of it, is not sent twice, unless
			// it is known that it changed nothing.
			if got.Effect != protocol.EffectNone && !tc.dryRun {
				again, againErr := act(t, s, a)
				if diff := cmp.Diff(done, again); diff != "" || protocol.EffectOf(againErr) != protocol.EffectOf(err) {
					t.Errorf("the same ID again: %v, -first +again:\n%s", againErr, diff)
				}
			}
			writes := slices.DeleteFunc(f.calls(), func(call string) bool { return strings.HasPrefix(call, "GET ") })
			if diff := cmp.Diff(tc.writes, writes, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: sent: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// sameJSON compares an outcome's changes with a document.
func sameJSON(t *testing.T, want string, o protocol.Outcome) {
	t.Helper()
	doc, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Changes any }
	var wanted any
	if err := errors.Join(json.Unmarshal(doc, &got), json.Unmarshal([]byte(want), &wanted)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got.Changes); diff != "" {
		t.Errorf("changes: -want +got:\n%s", diff)
	}
}

// TestAnIDThatChangedNothingMayBeTriedAgain: the second time, the service is
// there.
func TestAnIDThatChangedNothingMayBeTriedAgain(t *testing.T) {
	f := newFake(t)
	f.on("GET /api/limits", answerWith(500, "Internal Server Error"))
	s := open(t, f.config(nil))
	a := action(resetCounter, "once", `{"key":"user:1"}`)
	if _, err := act(t, s, a); protocol.EffectOf(err) != protocol.EffectNone {
		t.Fatalf("Act = %v, want no effect", err)
	}
	f.on("GET /api/limits", replay(t, "limits"))
	f.on("POST /api/counters/user%3A1/reset", replay(t, "reset-existing"))
	if o, err := act(t, s, a); err != nil || o.Status != protocol.OutcomeAccepted {
		t.Errorf("Act again = %+v, %v", o, err)
	}
}

// TestAResetIsNoGhost: after a reset a key may use its limit again, and the one
// before that is in its window still. The same if nobody knows whether it was
// reset.
func TestAResetIsNoGhost(t *testing.T) {
	for name, status := range map[string]int{"Accepted": 200, "EffectUnknown": 500} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.metric("increase(", sample(map[string]string{"key": "user:2"}, 26), sample(map[string]string{"key": "user:1"}, 1))
			f.on("POST /api/counters/user%3A2/reset", answerWith(status, `{"key":"user:2","reset":true}`))
			s := open(t, f.config(nil))
			if o := observe(t, s); o.VerdictOn(ghostAllowing, "user:2") != protocol.Broken {
				t.Fatalf("26 of 10: %q", verdicts(o))
			}
			_, err := act(t, s, action(resetCounter, "1", `{"key":"user:2"}`))
			if (err == nil) != (status == 200) {
				t.Fatalf("Act = %v", err)
			}
			if o := observe(t, s); o.VerdictOn(ghostAllowing, "user:2") != protocol.Unknown {
				t.Errorf("just reset: %q", verdicts(o))
			}
			if got := s.memory.settling["user:2"]; time.Until(got) > time.Minute || time.Until(got) < 30*time.Second {
				t.Errorf("it settles until %s, want a window of a minute", got)
			}
		})
	}
}
