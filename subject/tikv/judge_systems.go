package tikv

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgePD: any answer to any call will do, a refusal included.
func (s *Subject) judgePD(j *kit.Judge, g *gathering) {
	misses := []*kit.Miss{
		g.stores.miss, g.stats.miss, g.members.miss, g.evicting.miss,
		g.checks[pd.CheckMissPeer].miss, g.checks[pd.CheckDownPeer].miss, g.checks[pd.CheckPendingPeer].miss,
	}
	var doubt *kit.Miss
	for _, miss := range misses {
		switch {
		case miss == nil || miss.Err != nil && failure.Answered(miss.Err):
			j.Checked(pdUnavailable)
			return
		case !miss.Silent() && doubt == nil:
			doubt = miss // it was cut short, or was not asked at all
		}
	}
	if doubt != nil {
		j.Unknown(pdUnavailable, "", doubt.Source, doubt.Message)
		return
	}
	j.Broken(protocol.Violation{Invariant: pdUnavailable, Message: "no PD endpoint answers: " + misses[0].Message})
	j.Checked(pdUnavailable)
}

// judgeMetrics: the latency query stands for any.
func (s *Subject) judgeMetrics(j *kit.Judge, g *gathering) {
	there, known := g.latency.miss.Presence()
	switch miss := g.latency.miss; {
	case !known:
		j.Unknown(metricsUnavailable, "", miss.Source, miss.Message)
		return
	case !there:
		j.Broken(protocol.Violation{Invariant: metricsUnavailable, Message: "Prometheus does not answer a query: " + miss.Message})
	}
	j.Checked(metricsUnavailable)
}
