package ratelimiter

import (
	"errors"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestJudgeManagement(t *testing.T) {
	all := func(err error, class protocol.SourceClass) func(*gathering) {
		return func(g *gathering) {
			for _, source := range []string{sourceNodes, sourceCounters, sourceLimits, sourceBlocks} {
				g.lose(source, class)
			}
			for _, miss := range []*error{&g.nodes.miss.Err, &g.listed.miss.Err, &g.limits.miss.Err, &g.blocks.miss.Err} {
				*miss = err
			}
		}
	}
	answering := func(status ...int) error {
		e := &ratelimiter.EndpointsError{}
		for _, s := range status {
			class := failure.Failing
			if s == 0 {
				class = failure.Unreachable
			}
			e.Failures = append(e.Failures, &failure.Error{Class: class, Status: s})
		}
		return e
	}
	s := open(t, everything)
	cases := map[string]struct {
		reason string
		change func(*gathering)
		want   protocol.Verdict
	}{
		"Refused":        {"a refusal is an answer", all(&failure.Error{Class: failure.Forbidden, Status: 403}, protocol.SourceRefused), protocol.Held},
		"OneCallAnswers": {"one call of four is enough", func(g *gathering) { all(unanswered(failure.Timeout), protocol.SourceTimeout)(g); g.blocks.miss = nil }, protocol.Held},
		"NobodyAnswers":  {"every endpoint is gone", all(answering(0, 0), protocol.SourceUnreachable), protocol.Broken},
		"OneNodeFails":   {"a node that fails is a node", all(answering(0, 500), protocol.SourceFailing), protocol.Held},
		"GatewayOnly":    {"a gateway says that there is nobody behind it", all(answering(502, 503, 504), protocol.SourceFailing), protocol.Broken},
		"GatewayOfOne":   {"the same by one endpoint", all(&failure.Error{Class: failure.Failing, Status: 502}, protocol.SourceFailing), protocol.Broken},
		"GatewayOrTimeout": {"both mean nobody", func(g *gathering) {
			all(answering(502), protocol.SourceFailing)(g)
			g.lose(sourceBlocks, protocol.SourceTimeout)
		}, protocol.Broken},
		"CutShort": {"not given its time", all(unanswered(failure.Timeout), protocol.SourceDeadline), protocol.Unknown},
		"OneCutShort": {"the last call might have been answered", func(g *gathering) {
			all(unanswered(failure.Timeout), protocol.SourceTimeout)(g)
			g.lose(sourceBlocks, protocol.SourceDeadline)
		}, protocol.Unknown},
		"Bug": {"a bug here is none there", all(errors.New("a bug"), protocol.SourceSkipped), protocol.Unknown},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := well()
			tc.change(g)
			o := judged(s, g)
			if got := o.VerdictOn(managementUnavailable, ""); got != tc.want {
				t.Errorf("%s: %s, want %s\n%q", tc.reason, got, tc.want, verdicts(o))
			}
		})
	}
}
