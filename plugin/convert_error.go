package plugin

import (
	"context"
	"errors"

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

// maxErrorText bounds an error's message on the wire: gRPC carries it in a
// header, which has a small limit of its own.
const maxErrorText = 4 << 10

// maxErrorFields bounds the wrong fields that one error names.
const maxErrorFields = 50

func bounded(s string) string {
	if len(s) > maxErrorText {
		s = s[:maxErrorText] + "..."
	}
	return text(s)
}

// errorToStatus makes err, an error of a Subject or of Open, a gRPC status.
func errorToStatus(err error) error {
	code, ok := grpcCodes[protocol.CodeOf(err)]
	if !ok {
		code = codes.Unknown
	}
	detail := &subjectv1.ErrorDetail{}
	message := err.Error()
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		message = e.Message
		detail.Retryable, detail.Effect = e.Retryable, text(string(e.Effect))
		fields := e.Fields
		if len(fields) > maxErrorFields {
			fields = fields[:maxErrorFields]
		}
		detail.Fields = each(fields, func(f protocol.FieldError) *subjectv1.FieldError {
			return &subjectv1.FieldError{Path: cut(f.Path), Message: cut(f.Message)}
		})
	}
	st, detailErr := status.New(code, bounded(message)).WithDetails(detail)
	if detailErr != nil {
		return status.Error(code, bounded(message))
	}
	return st.Err()
}

// cut bounds one of many texts.
func cut(s string) string { return bounded(s[:min(len(s), maxErrorText/maxErrorFields)]) }

// errorFromCall makes the error of a gRPC call the contract's. op is what was
// tried, for errors that the transport made and that say nothing themselves.
func errorFromCall(ctx context.Context, op string, err error) *protocol.Error {
	st := status.Convert(err)
	for _, d := range st.Details() {
		if detail, ok := d.(*subjectv1.ErrorDetail); ok {
			return &protocol.Error{
				Code:      protocol.Code(st.Code().String()),
				Message:   st.Message(),
				Retryable: detail.GetRetryable(),
				Effect:    protocol.Effect(detail.GetEffect()),
				Fields: each(detail.GetFields(), func(f *subjectv1.FieldError) protocol.FieldError {
					return protocol.FieldError{Path: f.GetPath(), Message: f.GetMessage()}
				}),
			}
		}
	}
	// Without a detail it is the transport that speaks, and the caller's own
	// context is the better witness of a call that was given up.
	e := &protocol.Error{Code: protocol.Code(st.Code().String()), Message: op + ": " + st.Message(), Err: err}
	switch {
	case errors.Is(ctx.Err(), context.Canceled) || st.Code() == codes.Canceled:
		e.Code, e.Message = protocol.Canceled, op+": canceled before the plugin answered"
	case ctx.Err() != nil || st.Code() == codes.DeadlineExceeded:
		e.Code, e.Message = protocol.DeadlineExceeded, op+": the plugin did not answer before the deadline"
	case st.Code() == codes.Unavailable:
		e.Message = op + ": the plugin is gone or does not answer: " + st.Message()
		e.Retryable = true
	case st.Code() == codes.ResourceExhausted:
		e.Message = op + ": a message is over the limit of the boundary: " + st.Message()
	}
	return e
}
