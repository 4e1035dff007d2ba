package plugin

import (
	"fmt"
	"slices"

	"google.golang.org/grpc/encoding"
	standard "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A codec reads the answer to one call. It looks through the bytes before it
// makes anything of them: a field of two bytes may become a hundred in memory.
type codec struct {
	take    func() error    // waits for the call's turn
	collect func(bytes int) // told of each answer, when it has the turn
	refused *protocol.Error // why the answer was not read
}

var _ encoding.CodecV2 = (*codec)(nil)

// Name implements encoding.CodecV2.
func (c *codec) Name() string { return standard.Name }

// Marshal implements encoding.CodecV2.
func (c *codec) Marshal(v any) (mem.BufferSlice, error) {
	return encoding.GetCodecV2(standard.Name).Marshal(v)
}

// Unmarshal implements encoding.CodecV2.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	answer, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no message", v)
	}
	if err := c.take(); err != nil {
		return err
	}
	c.collect(data.Len())
	// What is kept of it is kept of this copy: the buffers go back to the pool.
	raw := make([]byte, data.Len())
	data.CopyTo(raw)
	if c.refused = c.read(raw, answer); c.refused != nil {
		return c.refused
	}
	return nil
}

func (c *codec) read(raw []byte, answer proto.Message) *protocol.Error {
	shape, ok := answers[answer.ProtoReflect().Descriptor().Name()]
	if !ok {
		return malformed("the answer", "is no message that is expected")
	}
	s := scanner{}
	if err := s.message(shape, raw, "the answer"); err != nil {
		return err
	}
	if observed, ok := answer.(*subjectv1.ObserveResponse); ok && s.state != nil {
		observed.Observation = &subjectv1.Observation{}
		return decodeObservation(s, observed.GetObservation())
	}
	return decode(raw, answer)
}

// decodeObservation decodes an observation around its state, which may be nearly
// all of it and is not copied again.
func decodeObservation(s scanner, o *subjectv1.Observation) *protocol.Error {
	before, after := s.observation[:s.tagAt], s.observation[s.stateEnd:]
	for _, part := range [][]byte{before, after} {
		if err := decode(part, o); err != nil {
			return err
		}
	}
	o.State = s.state
	if len(s.state) < len(s.observation)/2 {
		o.State = append(make([]byte, 0, len(s.state)), s.state...)
	}
	return nil
}

func decode(raw []byte, into proto.Message) *protocol.Error {
	if err := (proto.UnmarshalOptions{Merge: true, DiscardUnknown: true}).Unmarshal(raw, into); err != nil {
		return malformed("the answer", "cannot be decoded: "+printable(err.Error()))
	}
	return nil
}

func malformed(where, what string) *protocol.Error {
	return protocol.Errorf(protocol.Internal, "%s %s", where, what)
}

// scanner looks through an answer.
type scanner struct {
	unknown int // fields that are in no shape

	observation     []byte
	state           []byte // nil if there is none
	tagAt, stateEnd int    // of the state in the observation
}

// maxUnknown is how many fields that this version of the protocol does not know
// an answer may have: some, of a plugin that is newer.
const maxUnknown = 1_000

// message checks that raw is a message of that shape, which is called what in an
// error.
func (s *scanner) message(sh *shape, raw []byte, what string) *protocol.Error {
	var seen [maxFieldNumber + 1]int
	for at := 0; at < len(raw); {
		number, kind, n := protowire.ConsumeTag(raw[at:])
		if n < 0 {
			return malformed(what, "is not protobuf")
		}
		size := -1
		if kind != protowire.StartGroupType && kind != protowire.EndGroupType { // which nobody has used for long
			size = protowire.ConsumeFieldValue(number, kind, raw[at+n:])
		}
		if size < 0 {
			return malformed(what, "is not protobuf")
		}
		value := raw[at+n : at+n+size]
		if f := sh.field(number, kind); f == nil {
			if s.unknown++; s.unknown > maxUnknown {
				return protocol.Errorf(protocol.ResourceExhausted, "%s has more than %d fields that no message of this protocol has", what, maxUnknown)
			}
		} else {
			if seen[number]++; seen[number] > f.most {
				return tooMany(f, what)
			}
			if err := s.field(sh, f, value, at, at+n+size); err != nil {
				return err
			}
		}
		at += n + size
	}
	return nil
}

// tooMany is the error for a field that is there more often than it may be.
func tooMany(f *fieldShape, what string) *protocol.Error {
	if f.most == 1 {
		return malformed(what, "has the field "+f.name+" twice")
	}
	return protocol.Errorf(protocol.ResourceExhausted, "%s has more than %d %s", what, f.most, f.name)
}

// field goes into a field that is a message, and notes where the state is.
func (s *scanner) field(sh *shape, f *fieldShape, value []byte, from, to int) *protocol.Error {
	if f.message != nil {
		content, _ := protowire.ConsumeBytes(value)
		if f.message == observationShape {
			s.observation = content
		}
		return s.message(f.message, content, f.called)
	}
	if sh == observationShape && f.name == "state" {
		content, _ := protowire.ConsumeBytes(value)
		s.state, s.tagAt, s.stateEnd = slices.Clip(content), from, to
	}
	return nil
}
