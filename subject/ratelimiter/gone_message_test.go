package ratelimiter

import (
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestGoneMessage(t *testing.T) {
	const gone = "gone from the registry, last seen there 40s ago"
	cases := map[string]struct {
		reason string
		nodes  Nodes
		never  bool
		want   string
	}{
		"Kept":      {reason: "how to have it forgotten", want: gone + "; if it was taken out of service, nodes.forget_after can have it forgotten"},
		"Forgotten": {reason: "when it is forgotten", nodes: Nodes{ForgetAfter: kit.Duration(24 * time.Hour)}, want: gone + "; if it was taken out of service, it is forgotten after 24h (nodes.forget_after)"},
		"Expected":  {reason: "what is expected is never forgotten", nodes: Nodes{ForgetAfter: kit.Duration(time.Hour), Expected: []string{"n"}}, want: gone},
		"Never":     {reason: "it was never there", never: true, want: "it is expected (nodes.expected) and has not been registered since this subject was opened"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &Subject{cfg: Config{Nodes: tc.nodes}}
			if got := s.goneMessage("n", 40*time.Second, tc.never); got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
