package tikv

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestActionsRefuseWrongParameters(t *testing.T) {
	f := newFake(t)
	s := open(t, f.config(nil))
	evict := func(params string) protocol.Action {
		return protocol.Action{Name: evictLeaders, ID: "1", Params: json.RawMessage(params)}
	}
	for name, tc := range map[string]struct {
		action protocol.Action
		want   []string
	}{
		"NoSuchAction": {protocol.Action{Name: "restart_store", ID: "1"}, []string{"name"}},
		"NoID":         {protocol.Action{Name: evictLeaders, Params: []byte(`{"store_id":"1"}`)}, []string{"id"}},
		"NoParams":     {evict(``), []string{"store_id"}},
		"Zero":         {evict(`{"store_id":"0"}`), []string{"store_id"}},
		"Negative":     {evict(`{"store_id":"-1"}`), []string{"store_id"}},
		"NotANumber":   {evict(`{"store_id":"x"}`), []string{"store_id"}},
		"Empty":        {evict(`{"store_id":""}`), []string{"store_id"}},
		"LeadingZero":  {evict(`{"store_id":"01"}`), []string{"store_id"}},
		"Space":        {evict(`{"store_id":"1 "}`), []string{"store_id"}},
		"NewLine":      {evict(`{"store_id":"1\n"}`), []string{"store_id"}},
		"Path":         {evict(`{"store_id":"1/../2"}`), []string{"store_id"}},
		"TooLong":      {evict(`{"store_id":"11111111111111111111"}`), []string{"store_id"}},
		"Number":       {evict(`{"store_id":1}`), []string{"store_id"}}, // IDs are text: JavaScript rounds numbers
		"Null":         {evict(`{"store_id":null}`), []string{"store_id"}},
		"Typo":         {evict(`{"store_id":"1","storeid":"1"}`), []string{"storeid"}},
		"TransferLeader": {
			protocol.Action{Name: transferLeader, ID: "1", Params: []byte(`{"region_id":52,"store_id":"4"}`)},
			[]string{"region_id", "store_id", "to_store_id"},
		},
		"TransferPeer": {
			protocol.Action{Name: transferPeer, DryRun: true, Params: []byte(`{"region_id":"r","from_store_id":"","to_store_id":"0"}`)},
			[]string{"from_store_id", "region_id", "to_store_id"},
		},
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
	if n := f.calls(); n > 0 {
		t.Errorf("PD was asked %d times", n)
	}
}

// did is what became of an action.
type did struct {
	Status protocol.OutcomeStatus
	Code   protocol.Code
	Effect protocol.Effect
	Field  string // the first that the error names
}

func refusedFor(code protocol.Code, field string) did {
	return did{Code: code, Effect: protocol.EffectNone, Field: field}
}

// TestActionsAndTheirEffects does one action, region 52 being recorded as led by
// store 1, with further peers on 2 and 4: what is told of the change is what is
// known of it. Every case that changes something is dry run too.
func TestActionsAndTheirEffects(t *testing.T) {
	const (
		leaderTo4 = `{"region_id":"52","to_store_id":"4"}`
		from2to3  = `{"region_id":"52","from_store_id":"2","to_store_id":"3"}`
		store2    = `{"store_id":"2"}`
		remove2   = "DELETE /schedulers/evict-leader-scheduler-2"
	)
	evicting := func(f *fake) {
		f.on("GET /schedulers", replay(f.t, "schedulers-with-evict-leader"))
		f.on("GET /scheduler-config/evict-leader-scheduler/list", replay(f.t, "scheduler-evict-leader-config"))
	}
	removed := func(recording string) func(f *fake) {
		return func(f *fake) {
			evicting(f)
			f.on(remove2, replay(f.t, recording))
		}
	}
	answers := func(call, recording string) func(f *fake) {
		return func(f *fake) { f.on(call, replay(f.t, recording)) }
	}
	sent := func(recording string) []string {
		r := recorded(t, recording).Request
		return []string{"POST " + r.Path[len("/pd/api/v1"):] + " " + r.Body}
	}
	none := `[]`
	leaderMoves := `[{"entity":"52","field":"leader_store_id","before":"1","after":"4"}]`
	peerMoves := `[{"entity":"52","field":"peer_store_id","before":"2","after":"3"}]`
	evictBegins := `[{"entity":"2","field":"evicting_leaders","before":false,"after":true}]`
	evictEnds := `[{"entity":"2","field":"evicting_leaders","before":true,"after":false}]`
	cases := map[string]struct {
		reason  string
		change  func(f *fake)
		name    string
		params  string
		want    did
		dry     did // the zero value is want
		changes string
		writes  []string
	}{
		"TransferLeader": {
			reason: "as recorded", name: transferLeader, params: leaderTo4, change: answers("POST /operators", "operator-transfer-leader"),
			want: did{Status: protocol.OutcomeAccepted}, changes: leaderMoves, writes: sent("operator-transfer-leader"),
		},
		"LeadsAlready": {
			reason: "it is so", name: transferLeader, params: `{"region_id":"52","to_store_id":"1"}`,
			want: did{Status: protocol.OutcomeUnchanged}, changes: none,
		},
		"NoLeader": {
			reason: "before there was none", name: transferLeader, params: leaderTo4,
			change: func(f *fake) {
				f.on("GET /region/id/52", answerWith(200, `{"id":52,"start_key":"","end_key":"","epoch":{},"peers":[{"role_name":"Voter","id":49,"store_id":4}],"written_bytes":0,"read_bytes":0,"written_keys":0,"read_keys":0,"approximate_size":0,"approximate_keys":0}`))
				f.on("POST /operators", replay(f.t, "operator-transfer-leader"))
			},
			want: did{Status: protocol.OutcomeAccepted}, writes: sent("operator-transfer-leader"),
			changes: `[{"entity":"52","field":"leader_store_id","before":null,"after":"4"}]`,
		},
		"NoPeerThere": {
			reason: "it has none on store 3", name: transferLeader, params: `{"region_id":"52","to_store_id":"3"}`,
			want: refusedFor(protocol.FailedPrecondition, "to_store_id"),
		},
		"Learner": {
			reason: "a learner cannot lead", name: transferLeader, params: leaderTo4,
			change: func(f *fake) {
				f.on("GET /region/id/52", answerWith(200, `{"id":52,"start_key":"","end_key":"","epoch":{},"peers":[{"role":1,"role_name":"Learner","is_learner":true,"id":49,"store_id":4}],"written_bytes":0,"read_bytes":0,"written_keys":0,"read_keys":0,"approximate_size":0,"approximate_keys":0}`))
			},
			want: refusedFor(protocol.FailedPrecondition, "to_store_id"),
		},
		"UnknownRegion":  {reason: "PD says so", name: transferLeader, params: `{"region_id":"999999","to_store_id":"4"}`, want: refusedFor(protocol.NotFound, "region_id")},
		"UnknownStore":   {reason: "PD says so", name: transferLeader, params: `{"region_id":"52","to_store_id":"99"}`, want: refusedFor(protocol.NotFound, "to_store_id")},
		"ToDisconnected": {reason: "it would not lead", name: transferLeader, params: leaderTo4, change: func(f *fake) { f.store(4, "Disconnected") }, want: refusedFor(protocol.FailedPrecondition, "to_store_id")},
		"ToTombstone":    {reason: "nor ever", name: transferLeader, params: leaderTo4, change: func(f *fake) { f.store(4, "Tombstone") }, want: refusedFor(protocol.FailedPrecondition, "to_store_id")},
		"PDRefuses": {
			reason: "PD's word is that nothing was done", name: transferLeader, params: leaderTo4, change: answers("POST /operators", "operator-transfer-leader-wrong-field"),
			want: did{Code: protocol.FailedPrecondition, Effect: protocol.EffectNone}, dry: did{Status: protocol.OutcomePlanned}, writes: sent("operator-transfer-leader"),
		},
		"RegionVanished": {
			reason: "it was merged meanwhile", name: transferLeader, params: leaderTo4, change: answers("POST /operators", "operator-transfer-leader-unknown-region"),
			want: did{Code: protocol.FailedPrecondition, Effect: protocol.EffectNone}, dry: did{Status: protocol.OutcomePlanned}, writes: sent("operator-transfer-leader"),
		},
		"PDIsGone": {
			reason: "nobody was there to be told", name: transferLeader, params: leaderTo4, change: func(f *fake) { f.pd.Close() },
			want: did{Code: protocol.Unavailable, Effect: protocol.EffectNone},
		},
		"PDHangsBefore": {
			reason: "it answers nothing, so it is told nothing", name: transferLeader, params: leaderTo4, change: func(f *fake) { f.all(hang) },
			want: did{Code: protocol.DeadlineExceeded, Effect: protocol.EffectNone},
		},
		"CutAfterItWasTold": {
			reason: "who knows", name: transferLeader, params: leaderTo4, change: func(f *fake) { f.on("POST /operators", cut) },
			want: did{Code: protocol.Unavailable, Effect: protocol.EffectUnknown}, dry: did{Status: protocol.OutcomePlanned}, writes: sent("operator-transfer-leader"),
		},
		"HangsAfterItWasTold": {
			reason: "who knows", name: transferPeer, params: from2to3, change: func(f *fake) { f.on("POST /operators", hang) },
			want: did{Code: protocol.DeadlineExceeded, Effect: protocol.EffectUnknown}, dry: did{Status: protocol.OutcomePlanned}, writes: sent("operator-transfer-peer"),
		},
		"TransferPeer": {
			reason: "as recorded", name: transferPeer, params: from2to3, change: answers("POST /operators", "operator-transfer-peer"),
			want: did{Status: protocol.OutcomeAccepted}, changes: peerMoves, writes: sent("operator-transfer-peer"),
		},
		"TransferPeerFromDown": {
			reason: "away from a store that is down is fine", name: transferPeer, params: from2to3,
			change: func(f *fake) { f.store(2, "Down"); f.on("POST /operators", replay(f.t, "operator-transfer-peer")) },
			want:   did{Status: protocol.OutcomeAccepted}, changes: peerMoves, writes: sent("operator-transfer-peer"),
		},
		"TransferPeerToDown":      {reason: "to one is not", name: transferPeer, params: from2to3, change: func(f *fake) { f.store(3, "Down") }, want: refusedFor(protocol.FailedPrecondition, "to_store_id")},
		"TransferPeerUnknown":     {reason: "PD says so", name: transferPeer, params: `{"region_id":"52","from_store_id":"99","to_store_id":"3"}`, want: refusedFor(protocol.NotFound, "from_store_id")},
		"TransferPeerNoRegion":    {reason: "PD says so", name: transferPeer, params: `{"region_id":"999999","from_store_id":"2","to_store_id":"3"}`, want: refusedFor(protocol.NotFound, "region_id")},
		"TransferPeerDone":        {reason: "it is so", name: transferPeer, params: `{"region_id":"52","from_store_id":"3","to_store_id":"4"}`, want: did{Status: protocol.OutcomeUnchanged}, changes: none},
		"TransferPeerNotFrom":     {reason: "there is none", name: transferPeer, params: `{"region_id":"52","from_store_id":"3","to_store_id":"3"}`, want: refusedFor(protocol.FailedPrecondition, "from_store_id")},
		"TransferPeerTwoOnAStore": {reason: "there is one already", name: transferPeer, params: `{"region_id":"52","from_store_id":"2","to_store_id":"4"}`, want: refusedFor(protocol.FailedPrecondition, "to_store_id")},
		"Evict": {
			reason: "as recorded", name: evictLeaders, params: store2, change: answers("POST /schedulers", "scheduler-evict-leader"),
			want: did{Status: protocol.OutcomeAccepted}, changes: evictBegins, writes: sent("scheduler-evict-leader"),
		},
		"EvictAgain":      {reason: "it is so", name: evictLeaders, params: store2, change: evicting, want: did{Status: protocol.OutcomeUnchanged}, changes: none},
		"EvictUnknown":    {reason: "PD says so", name: evictLeaders, params: `{"store_id":"99"}`, want: refusedFor(protocol.NotFound, "store_id")},
		"EvictTombstone":  {reason: "it has none", name: evictLeaders, params: store2, change: func(f *fake) { f.store(2, "Tombstone") }, want: refusedFor(protocol.FailedPrecondition, "store_id")},
		"EvictListUnread": {reason: "what is so is not known", name: evictLeaders, params: store2, change: func(f *fake) { f.on("GET /schedulers", answerWith(503, "")) }, want: did{Code: protocol.Unavailable, Effect: protocol.EffectNone}},
		"EvictVanished": {
			reason: "removed meanwhile", name: evictLeaders, params: store2, change: answers("POST /schedulers", "scheduler-evict-leader-unknown-store"),
			want: did{Code: protocol.FailedPrecondition, Effect: protocol.EffectNone}, dry: did{Status: protocol.OutcomePlanned}, writes: sent("scheduler-evict-leader"),
		},
		"Stop": {
			reason: "as recorded", name: stopEvictingLeaders, params: store2, change: removed("scheduler-remove-evict-leader"),
			want: did{Status: protocol.OutcomeAccepted}, changes: evictEnds, writes: []string{remove2},
		},
		"StopNone": {reason: "it is so", name: stopEvictingLeaders, params: store2, want: did{Status: protocol.OutcomeUnchanged}, changes: none},
		"StopVanished": {
			reason: "somebody else was quicker", name: stopEvictingLeaders, params: store2, change: removed("scheduler-remove-evict-leader-absent"),
			want: did{Status: protocol.OutcomeUnchanged}, changes: none, writes: []string{remove2},
		},
		"StopUnknown": {reason: "PD says so", name: stopEvictingLeaders, params: `{"store_id":"99"}`, want: refusedFor(protocol.NotFound, "store_id")},
		"StopForTombstone": {
			reason: "PD's list outlives its stores, and can be cleaned", name: stopEvictingLeaders, params: store2,
			change: func(f *fake) { removed("scheduler-remove-evict-leader")(f); f.store(2, "Tombstone") },
			want:   did{Status: protocol.OutcomeAccepted}, changes: evictEnds, writes: []string{remove2},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			if tc.change != nil {
				tc.change(f)
			}
			s := open(t, f.config(map[string]any{"pd": map[string]any{"endpoints": []string{f.pd.URL}, "timeout": "300ms"}}))
			a := protocol.Action{Name: tc.name, Params: json.RawMessage(tc.params), DryRun: true}

			dry := tc.dry
			if dry == (did{}) {
				dry = tc.want
			}
			if dry.Status != "" {
				dry.Status = protocol.OutcomePlanned
			}
			planned, err := act(t, s, a)
			if diff := cmp.Diff(dry, whatWas(t, planned, err)); diff != "" {
				t.Errorf("%s: dry run: -want +got:\n%s\n%v", tc.reason, diff, err)
			}
			if writes := f.writes(); len(writes) > 0 {
				t.Errorf("a dry run sent %q", writes)
			}

			a.ID, a.DryRun = "the first", false
			done, err := act(t, s, a)
			if diff := cmp.Diff(tc.want, whatWas(t, done, err)); diff != "" {
				t.Errorf("%s: -want +got:\n%s\n%v", tc.reason, diff, err)
			}
			if tc.changes != "" {
				sameChanges(t, tc.changes, done)
				if len(done.Changes) > 0 {
					sameChanges(t, tc.changes, planned)
				}
			}
			// The same ID again is not sent twice, unless it changed nothing.
			if err == nil || protocol.EffectOf(err) != protocol.EffectNone {
				again, againErr := act(t, s, a)
				if diff := cmp.Diff(done, again); diff != "" || protocol.EffectOf(againErr) != protocol.EffectOf(err) {
					t.Errorf("the same ID again: %v, -first +again:\n%s", againErr, diff)
				}
			}
			if diff := cmp.Diff(tc.writes, f.writes(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: sent: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func whatWas(t *testing.T, o protocol.Outcome, err error) did {
	t.Helper()
	was := did{Status: o.Status}
	e, ok := errors.AsType[*protocol.Error](err)
	switch {
	case ok:
		was.Code, was.Effect = e.Code, e.Effect
		if len(e.Fields) > 0 {
			was.Field = e.Fields[0].Path
		}
	case o.Message == "":
		t.Error("nothing is said of it")
	}
	return was
}

// sameChanges compares an outcome's changes with a document.
func sameChanges(t *testing.T, want string, o protocol.Outcome) {
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
