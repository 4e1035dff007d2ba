package plugin

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// grpcCodes are the contract's codes on the wire. They have gRPC's names, so
// codes.Code.String leads back.
var grpcCodes = func() map[protocol.Code]codes.Code {
	m := make(map[protocol.Code]codes.Code)
	for c := codes.Canceled; c <= codes.Unauthenticated; c++ {
		m[protocol.Code(c.String())] = c
	}
	return m
}()

// The bounds of an error on the wire, where gRPC carries it in headers: a
// message and a field's message in bytes, and the fields in number. With all of
// them at their bounds it has 130 KiB; gRPC for Go refuses headers over 16 MiB.
const (
	maxErrorText   = 4 << 10
	maxFieldText   = 1 << 10
	maxErrorFields = 100
)

// errorToStatus makes err, an error of a Subject or of Open, a gRPC status.
func errorToStatus(err error) error {
	code, ok := grpcCodes[protocol.CodeOf(err)]
	if !ok {
		code = codes.Unknown
	}
	detail := &subjectv1.ErrorDetail{}
	message := err.Error()
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		// The fields and the effect go in the detail, and the other end's Error
		// renders them; here they are taken out of what may be around e.
		message = strings.Replace(message, e.Error(), e.Message, 1)
		detail.Retryable, detail.Effect = e.Retryable, text(string(e.Effect))
		detail.Fields = fieldsToProto(e.Fields)
	}
	st := status.New(code, clip(message, maxErrorText))
	if detailed, detailErr := st.WithDetails(detail); detailErr == nil {
		st = detailed
	}
	return st.Err()
}

func fieldsToProto(fields []protocol.FieldError) []*subjectv1.FieldError {
	more := len(fields) - maxErrorFields
	out := each(fields[:min(len(fields), maxErrorFields)], func(f protocol.FieldError) *subjectv1.FieldError {
		return &subjectv1.FieldError{Path: clip(f.Path, maxFieldText/4), Message: clip(f.Message, maxFieldText)}
	})
	if more > 0 {
		out = append(out, &subjectv1.FieldError{Message: fmt.Sprintf("and %d more", more)})
	}
	return out
}

// errorFromDetail returns the contract's error that a failed call carries, within
// the bounds that errorToStatus keeps. If there is none, it was not the subject
// that failed but what is between.
func errorFromDetail(st *status.Status) (*protocol.Error, bool) {
	for _, d := range st.Details() {
		if detail, ok := d.(*subjectv1.ErrorDetail); ok {
			return &protocol.Error{
				Code:      codeFromStatus(st),
				Message:   clip(st.Message(), maxErrorText+len("...")),
				Retryable: detail.GetRetryable(),
				Effect:    effectFromProto(detail.GetEffect()),
				Fields:    fieldsFromProto(detail.GetFields()),
			}, true
		}
	}
	return nil, false
}

// codeFromStatus returns a code of the contract, whatever number has come.
func codeFromStatus(st *status.Status) protocol.Code {
	if code := protocol.Code(st.Code().String()); grpcCodes[code] != codes.OK {
		return code
	}
	return protocol.UnknownError
}

// effectFromProto returns an effect. What is none leaves it open.
func effectFromProto(effect string) protocol.Effect {
	switch e := protocol.Effect(effect); e {
	case protocol.EffectNone, protocol.EffectApplied, protocol.EffectUnknown:
		return e
	default:
		return ""
	}
}

// fieldsFromProto has one field more than fieldsToProto was given: what says how
// many there are besides.
func fieldsFromProto(fields []*subjectv1.FieldError) []protocol.FieldError {
	return each(fields[:min(len(fields), maxErrorFields+1)], func(f *subjectv1.FieldError) protocol.FieldError {
		return protocol.FieldError{
			Path:    clip(f.GetPath(), maxFieldText/4+len("...")),
			Message: clip(f.GetMessage(), maxFieldText+len("...")),
		}
	})
}
