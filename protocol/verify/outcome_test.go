package verify_test

import (
	"encoding/json"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	change := []protocol.Change{{Entity: "a", Field: "state", Before: json.RawMessage(`null`), After: json.RawMessage(`"Up"`)}, {}}
	tests := map[string]struct {
		reason  string
		name    string // restart if empty
		dry     bool
		outcome protocol.Outcome
		want    []string
	}{
		"Accepted":     {"A change, one side of which is not known.", "", false, protocol.Outcome{Status: protocol.OutcomeAccepted, Changes: change}, nil},
		"Unchanged":    {"It was so.", "", false, protocol.Outcome{Status: protocol.OutcomeUnchanged}, nil},
		"Planned":      {"A dry run plans.", "", true, protocol.Outcome{Status: protocol.OutcomePlanned, Changes: change}, nil},
		"PlannedNone":  {"It would be as it is.", "", true, protocol.Outcome{Status: protocol.OutcomePlanned}, nil},
		"DryUnchanged": {"Nothing to plan.", "", true, protocol.Outcome{Status: protocol.OutcomeUnchanged}, nil},
		"DryAccepted":  {"A dry run changes nothing.", "", true, protocol.Outcome{Status: protocol.OutcomeAccepted}, []string{"status: is accepted, and it was a dry run"}},
		"RealPlanned":  {"What is to be done is not planned.", "", false, protocol.Outcome{Status: protocol.OutcomePlanned}, []string{"status: is planned, and it was no dry run"}},
		"NoStatus":     {"The status is a word of the contract.", "", false, protocol.Outcome{}, []string{`status: "" is no status`}},
		"ChangesNot":   {"It was so, and was changed.", "", false, protocol.Outcome{Status: protocol.OutcomeUnchanged, Changes: change}, []string{"changes: are 2, and the status is unchanged"}},
		"NoAction":     {"What is in no catalogue is refused.", "destroy", false, protocol.Outcome{Status: protocol.OutcomeAccepted}, []string{`name: "destroy" is in no catalogue, and was not refused`}},
		"Message":      {"JSON has UTF-8 only.", "", false, protocol.Outcome{Status: protocol.OutcomeAccepted, Message: "\xff"}, []string{"message: is not valid UTF-8"}},
		"Sides": {
			"A side is JSON.", "", false,
			protocol.Outcome{Status: protocol.OutcomeAccepted, Changes: []protocol.Change{{Entity: "\xff", Field: "\xff", Before: json.RawMessage(`nil`), After: json.RawMessage(`{"a":1,"a":2}`)}}},
			[]string{
				"changes[0].entity: is not valid UTF-8", "changes[0].field: is not valid UTF-8",
				"changes[0].before: is not a JSON document", "changes[0].after.a: is there twice",
			},
		},
		"Many": {
			"Lists are bounded.", "", false,
			protocol.Outcome{Status: protocol.OutcomeAccepted, Changes: make([]protocol.Change, verify.MaxChanges+1)},
			[]string{"changes: are 10001, and may be 10000 at most"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			action := protocol.Action{Name: "restart", ID: "1", DryRun: tc.dry}
			if tc.name != "" {
				action.Name = tc.name
			}
			compare(t, tc.reason, tc.want, fields(t, checker(t, definition()).Outcome(action, tc.outcome), protocol.Internal))
		})
	}
}
