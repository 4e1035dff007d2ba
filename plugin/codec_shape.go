package plugin

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/verify"
)

// A shape is what a message may consist of.
type shape struct {
	fields [maxFieldNumber + 1]fieldShape // by their numbers
}

// A fieldShape is what a field may be.
type fieldShape struct {
	name    string // empty where there is no such field
	called  string // what an error calls the message in the field
	kind    protowire.Type
	most    int    // how many there may be
	message *shape // of a field that is one
}

// field returns the field of that number and kind, nil if there is none.
func (sh *shape) field(number protowire.Number, kind protowire.Type) *fieldShape {
	if number < 0 || number > maxFieldNumber {
		return nil
	}
	if f := &sh.fields[number]; f.name != "" && f.kind == kind {
		return f
	}
	return nil
}

// maxFieldNumber is the highest number of a field in the protocol.
const maxFieldNumber = 15

// most is how many entries each list of the protocol may have.
var most = map[protoreflect.Name]int{
	"sources":    verify.MaxSources,
	"violations": verify.MaxViolations,
	"unchecked":  verify.MaxUnchecked,
	"changes":    verify.MaxChanges,
	"invariants": verify.MaxInvariants,
	"actions":    verify.MaxActions,
	"repairs":    verify.MaxRepairs,
}

// observationShape is the shape of an observation.
var observationShape = shapeOf((*subjectv1.Observation)(nil).ProtoReflect().Descriptor())

// answers are the shapes of what a plugin answers, by the message's name.
var answers = func() map[protoreflect.Name]*shape {
	all := make(map[protoreflect.Name]*shape)
	methods := subjectv1.File_subject_v1_subject_proto.Services().ByName("SubjectService").Methods()
	for i := range methods.Len() {
		output := methods.Get(i).Output()
		all[output.Name()] = shapeOf(output)
	}
	all["ObserveResponse"].fields[1] = fieldShape{name: "observation", called: "the observation", kind: protowire.BytesType, most: 1, message: observationShape}
	return all
}()

// shapeOf returns a message's shape. No message of the protocol contains itself.
func shapeOf(message protoreflect.MessageDescriptor) *shape {
	s := &shape{}
	for i := range message.Fields().Len() {
		d := message.Fields().Get(i)
		f := fieldShape{name: string(d.Name()), called: "the " + string(d.Name()), kind: wireType(d.Kind()), most: 1}
		if d.IsList() {
			f.called, f.most = "one of "+f.called, most[d.Name()]
		}
		if d.Message() != nil {
			f.message = shapeOf(d.Message())
		}
		s.fields[d.Number()] = f
	}
	return s
}

func wireType(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.BoolKind, protoreflect.Int32Kind, protoreflect.Int64Kind:
		return protowire.VarintType
	default: // texts, bytes and messages; the protocol has no other kinds
		return protowire.BytesType
	}
}
