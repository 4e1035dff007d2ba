//go:build linux

package faulty_test

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// acted makes a fault of an outcome that is not as it has to be, after the
// action has been done. Dry runs are answered honestly.
func acted(reason string, change func(*subjectv1.ActResponse), fields ...string) fault {
	return fault{
		reason: reason, plain: true, at: atAct, check: "act/acts",
		run: onWire("Act", func(c *wireCall) error {
			m, err := c.honest()
			if err != nil {
				return statusOf(err)
			}
			if !c.isDryRun() {
				change(m.(*subjectv1.ActResponse))
			}
			return c.SendMsg(m)
		}),
		code: protocol.Internal, effect: protocol.EffectUnknown, fields: fields, want: []string{"the plugin broke the contract"},
	}
}

// actAnswered makes a fault of any answer to a real action.
func actAnswered(reason string, code protocol.Code, a answer, want ...string) fault {
	return fault{
		reason: reason, plain: true, at: atAct, check: "act/acts",
		run: onWire("Act", func(c *wireCall) error {
			if c.isDryRun() {
				return c.honestly()
			}
			return a(c)
		}),
		code: code, effect: protocol.EffectUnknown, want: want,
	}
}

// outcomeFaults are outcomes that say nothing that can be relied on.
func outcomeFaults() map[string]fault {
	return map[string]fault{
		"outcome_status":  acted("A status that is none.", func(o *subjectv1.ActResponse) { o.Status = "cured" }, "status"),
		"outcome_planned": acted("A plan is not what was asked for.", func(o *subjectv1.ActResponse) { o.Status = "planned" }, "status"),
		"outcome_no_json": acted("A side of a change is JSON.", func(o *subjectv1.ActResponse) {
			o.Changes = []*subjectv1.Change{{Entity: "main", Field: "level", After: []byte("full")}}
		}, "changes[0].after"),
		"outcome_unchanged": acted("Nothing was changed, and here is what was.", func(o *subjectv1.ActResponse) {
			o.Status = "unchanged"
			o.Changes = []*subjectv1.Change{{Entity: "main", Field: "level", After: []byte("1")}}
		}, "changes"),
		"outcome_twice": actAnswered("A call has one answer.", protocol.Internal, func(c *wireCall) error {
			if err := c.honestly(); err != nil {
				return err
			}
			return c.honestly()
		}),
		"outcome_none": actAnswered("A call that has succeeded without an answer.", protocol.Internal, func(*wireCall) error { return nil }),
		"outcome_oversized": loud(actAnswered("A message is bounded.", protocol.ResourceExhausted, func(c *wireCall) error {
			return c.SendMsg(make([]byte, plugin.MaxMessageBytes+1))
		}, "larger than")),
		"outcome_many": actAnswered("A list is bounded.", protocol.ResourceExhausted, func(c *wireCall) error {
			return c.SendMsg([]byte(strings.Repeat("\x1a\x00", 1_000_000)))
		}, "more than 10000 changes"),
	}
}

// observeStatus makes a fault of an observation that fails so.
func observeStatus(reason string, code protocol.Code, err error, want ...string) fault {
	return fault{
		reason: reason, plain: true, at: atObserve, check: "observe/valid",
		run:  onWire("Observe", func(*wireCall) error { return err }),
		code: code, want: want,
	}
}

// statusFaults are errors that are not the contract's, and connections that are
// lost.
func statusFaults() map[string]fault {
	detailed := func(code codes.Code, message string, d *subjectv1.ErrorDetail) error {
		st, err := status.New(code, message).WithDetails(d)
		if err != nil {
			return err
		}
		return st.Err()
	}
	var fields []*subjectv1.FieldError
	for range 500 {
		fields = append(fields, &subjectv1.FieldError{Path: strings.Repeat("p", 200), Message: strings.Repeat("m", 200)})
	}
	return map[string]fault{
		"error_bare": observeStatus("An error without details.", protocol.Aborted, status.Error(codes.Aborted, "as it comes"), "observe: as it comes"),
		"error_code": observeStatus("A code that is none.", protocol.UnknownError, status.Error(4711, "as it comes"), "as it comes"),
		"error_hostile": observeStatus("A text that a terminal would obey.", protocol.Aborted,
			status.Error(codes.Aborted, "\x1b]0;owned\a\x1b[2J\n\x00"+strings.Repeat("x", 5_000)), `\x1b]0;owned`),
		"error_effect": actAnswered("An effect that is none.", protocol.Aborted, func(*wireCall) error {
			return detailed(codes.Aborted, "as it comes", &subjectv1.ErrorDetail{Effect: "perhaps"})
		}, "as it comes"),
		"error_act_bare": actAnswered("An error that does not say what was changed.", protocol.Aborted, func(*wireCall) error {
			return status.Error(codes.Aborted, "as it comes")
		}, "as it comes"),
		"error_fields": observeStatus("More fields than anybody reads.", protocol.InvalidArgument,
			detailed(codes.InvalidArgument, "wrong", &subjectv1.ErrorDetail{Fields: fields}), "wrong"),
		"error_large": loud(fault{
			reason: "An error as large as gRPC for Go would send it.", plain: true, at: atObserve, check: "observe/valid",
			run: onWire("Observe", func(c *wireCall) error {
				c.SetTrailer(metadata.Pairs("water", strings.Repeat("w", 400<<10)))
				return status.Error(codes.Aborted, "as it comes")
			}),
			code: protocol.Aborted, want: []string{"as it comes"},
		}),
		"act_connection_lost": {
			reason: "The connection ends under a call, and the process does not.", plain: true, at: atAct, check: "act/acts",
			run:  losesConnection("Act"),
			code: protocol.Unavailable, effect: protocol.EffectUnknown, want: []string{"unknown whether the change was made"},
		},
		"observe_connection_lost": {
			reason: "The connection ends under a call, and the process does not.", plain: true, at: atObserve, check: "observe/valid",
			run:  losesConnection("Observe"),
			code: protocol.Unavailable,
		},
		"observe_slow_bytes": {
			reason: "An answer of which every byte takes a while.", plain: true, at: atObserve, deadline: missed, check: "observe/valid",
			run: onWire("Observe", func(c *wireCall) error {
				if err := c.SendHeader(nil); err != nil {
					return err
				}
				wait(c.Context())
				return c.honestly()
			}),
			code: protocol.DeadlineExceeded, want: []string{"did not answer before the deadline"},
		},
	}
}
