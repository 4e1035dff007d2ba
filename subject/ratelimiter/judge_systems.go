package ratelimiter

import (
	"errors"
	"net/http"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// judgeManagement: any answer of any node to any call will do, a refusal
// included.
func (s *Subject) judgeManagement(j *kit.Judge, g *gathering) {
	misses := []*kit.Miss{g.nodes.miss, g.listed.miss, g.limits.miss, g.blocks.miss}
	var doubt *kit.Miss
	for _, miss := range misses {
		switch {
		case miss == nil || nodeAnswered(miss.Err):
			j.Checked(managementUnavailable)
			return
		case !miss.Silent() && !ratelimiter.Answered(miss.Err) && doubt == nil:
			doubt = miss // it was cut short, or was not asked at all
		}
	}
	if doubt != nil {
		j.Unknown(managementUnavailable, "", doubt.Source, doubt.Message)
		return
	}
	j.Broken(protocol.Violation{
		Invariant: managementUnavailable,
		Message:   "no management endpoint answers: " + misses[0].Message,
	})
	j.Checked(managementUnavailable)
}

// nodeAnswered reports whether a failed call was answered by a node, rather than
// by a gateway that found none.
func nodeAnswered(err error) bool {
	if err == nil {
		return false
	}
	failures := []*failure.Error{}
	if all, ok := errors.AsType[*ratelimiter.EndpointsError](err); ok {
		failures = all.Failures
	} else if one, ok := errors.AsType[*failure.Error](err); ok {
		failures = append(failures, one)
	}
	return slices.ContainsFunc(failures, func(e *failure.Error) bool { return e.Answered() && !fromGateway(e.Status) })
}

// fromGateway reports whether a status is a gateway's word that there is nobody
// behind it (RFC 9110, section 15.6).
func fromGateway(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// judgeRedis: a refusal of our credentials says nothing about the limiter's.
func (s *Subject) judgeRedis(j *kit.Judge, g *gathering) {
	judgeSource(j, redisDisconnected, g.ping.miss, "Redis does not answer a ping: ")
}

// judgeMetrics: the latency query stands for any.
func (s *Subject) judgeMetrics(j *kit.Judge, g *gathering) {
	judgeSource(j, metricsUnavailable, g.latency.miss, "Prometheus does not answer a query: ")
}

// judgeSource judges an invariant that says that a source is there.
func judgeSource(j *kit.Judge, invariant string, miss *kit.Miss, prefix string) {
	there, known := miss.Presence()
	switch {
	case !known:
		j.Unknown(invariant, "", miss.Source, miss.Message)
		return
	case !there:
		j.Broken(protocol.Violation{Invariant: invariant, Message: prefix + miss.Message})
	}
	j.Checked(invariant)
}
