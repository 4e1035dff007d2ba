package ratelimiter

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// judgement is a gathering that is well but for one change, and all that is then
// said of it, word for word.
type judgement struct {
	reason string
	config string // everything, if empty
	change func(g *gathering)
	want   []string
}

func runJudgements(t *testing.T, cases map[string]judgement) {
	t.Helper()
	plain := open(t, everything)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := plain
			if tc.config != "" {
				s = open(t, tc.config)
			}
			g := well()
			tc.change(g)
			o := judged(s, g)
			if err := checkerOf(t, s).Observation(complete(t, s, g, o), g.now); err != nil {
				t.Errorf("%s: no host would accept it: %v", tc.reason, err)
			}
			got := verdicts(o)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// complete is an observation as it would be made of a gathering, with all sources
// read.
func complete(t *testing.T, s *Subject, g *gathering, o protocol.Observation) protocol.Observation {
	t.Helper()
	state, err := json.Marshal(s.state(g))
	if err != nil {
		t.Fatal(err)
	}
	o.Time, o.State = g.now, state
	for _, name := range []string{
		sourceNodes, sourceCounters, sourceLimits, sourceBlocks, sourceHealth,
		sourcePing, sourceStored, sourceLatency, sourceLabels, sourceAllowed,
	} {
		o.Sources = append(o.Sources, protocol.Source{Name: name, Class: protocol.SourceOK})
	}
	return o
}
