package tikv

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
			if tc.change != nil {
				tc.change(g)
			}
			want := tc.want
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, verdicts(judged(s, g))); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
