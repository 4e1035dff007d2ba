package plugin

import (
	"math"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// FuzzStatus has any bytes be the status of a failed call. The error in it, if
// there is one, is the contract's, within its bounds, and crosses again as it
// is.
func FuzzStatus(f *testing.F) {
	for _, err := range []error{
		&protocol.Error{Code: protocol.NotFound, Message: "no key", Effect: protocol.EffectUnknown, Fields: []protocol.FieldError{{Path: "key", Message: "is gone"}}},
		&protocol.Error{Code: protocol.Unavailable, Retryable: true},
		&protocol.Error{Code: "odd", Message: "Unknown"},
	} {
		f.Add(wire(f, status.Convert(errorToStatus(err)).Proto()))
	}
	f.Add(wire(f, status.New(math.MaxUint32, "m").Proto()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		failed := status.New(codes.Unknown, "").Proto()
		if proto.Unmarshal(raw, failed) != nil {
			return
		}
		e, ok := errorFromDetail(status.FromProto(failed))
		if !ok {
			return
		}
		if code, known := grpcCodes[e.Code]; !known || code == codes.OK || effectFromProto(string(e.Effect)) != e.Effect {
			t.Fatalf("%#v is no error of the contract", e)
		}
		if len(e.Message) > maxErrorText+6 || len(e.Fields) > maxErrorFields+1 || !utf8.ValidString(e.Message) {
			t.Fatalf("%d bytes and %d fields: %v", len(e.Message), len(e.Fields), e)
		}
		short := len(e.Message) <= maxErrorText && len(e.Fields) <= maxErrorFields
		for _, field := range e.Fields {
			if len(field.Path) > maxFieldText/4+6 || len(field.Message) > maxFieldText+6 {
				t.Fatalf("a field of %d and %d bytes", len(field.Path), len(field.Message))
			}
			short = short && len(field.Path) <= maxFieldText/4 && len(field.Message) <= maxFieldText
		}
		if again, ok := errorFromDetail(status.Convert(errorToStatus(e))); short {
			if !ok {
				t.Fatalf("%v does not cross again", e)
			}
			same(t, e, again)
		}
	})
}
