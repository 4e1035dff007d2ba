package plugin

import (
	"fmt"

	"google.golang.org/protobuf/types/known/durationpb"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// observationFromAnswer converts what has been observed. The error names what
// the wire can carry and the contract has no value for.
func observationFromAnswer(resp *subjectv1.ObserveResponse) (protocol.Observation, error) {
	wire := resp.GetObservation()
	if wire == nil {
		return protocol.Observation{}, protocol.Errorf(protocol.Internal, "there is no observation in the answer")
	}
	var p misfits
	if t := wire.GetTime(); t != nil && t.CheckValid() != nil {
		p.add("time", "is no time from the year 1 to 9999")
	}
	if d := wire.GetDuration(); d != nil && d.CheckValid() != nil {
		p.add("duration", noDuration)
	}
	for i, s := range wire.GetSources() {
		p.duration("sources", i, "latency", s.GetLatency())
	}
	if err := p.err("the observation has what cannot be read"); err != nil {
		return protocol.Observation{}, err
	}
	return observationFromProto(wire), nil
}

// definitionFromAnswer converts a definition and checks it.
func definitionFromAnswer(wire *subjectv1.Definition) (protocol.Definition, *verify.Checker, error) {
	if wire == nil {
		return protocol.Definition{}, nil, protocol.Errorf(protocol.Internal, "there is no definition in the answer")
	}
	var p misfits
	for i, inv := range wire.GetInvariants() {
		p.duration("invariants", i, "grace_ms", inv.GetGrace())
	}
	if err := p.err("the definition has what cannot be read"); err != nil {
		return protocol.Definition{}, nil, err
	}
	def := definitionFromProto(wire)
	checker, err := verify.New(def)
	return def, checker, err
}

// misfits are fields whose values the contract cannot have.
type misfits []protocol.FieldError

// maxMisfits is how many are named.
const maxMisfits = 20

func (p *misfits) add(path, message string) {
	if len(*p) < maxMisfits {
		*p = append(*p, protocol.FieldError{Path: path, Message: message})
	}
}

const noDuration = "is no duration of at most 10,000 years"

func (p *misfits) duration(list string, i int, field string, d *durationpb.Duration) {
	if d != nil && d.CheckValid() != nil {
		p.add(fmt.Sprintf("%s[%d].%s", list, i, field), noDuration)
	}
}

func (p *misfits) err(message string) error {
	if len(*p) == 0 {
		return nil
	}
	return &protocol.Error{Code: protocol.Internal, Message: message, Fields: *p}
}
