//go:build linux

package faulty_test

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// described makes a fault of a definition that is not as it has to be.
func described(reason string, change func(*subjectv1.Definition), fields []string, want ...string) fault {
	return fault{
		reason: reason, plain: true,
		run: onWire("Describe", func(c *wireCall) error {
			def := definitionToWire(c.w.def)
			change(def)
			return c.SendMsg(&subjectv1.DescribeResponse{Definition: def})
		}),
		code: protocol.Internal, fields: fields, want: append(want, "the plugin broke the contract"),
	}
}

// configured does so with the one that is in force.
func configured(reason string, change func(*subjectv1.Definition), fields ...string) fault {
	return fault{
		reason: reason, plain: true, at: atOpen, check: "configure/opens",
		run: onWire("Configure", func(c *wireCall) error {
			if _, err := c.honest(); err != nil {
				return statusOf(err)
			}
			def := definitionToWire(c.w.def)
			change(def)
			return c.SendMsg(&subjectv1.ConfigureResponse{Definition: def})
		}),
		code: protocol.Internal, fields: fields, want: []string{"the plugin broke the contract"},
	}
}

// definitionFaults are definitions that a host must not work with.
func definitionFaults() map[string]fault {
	return map[string]fault{
		"describe_repairs_undeclared": described("An action for what does not exist.",
			func(d *subjectv1.Definition) { d.Actions[0].Repairs = []string{"drought"} }, []string{"actions[0].repairs"}, "drought"),
		"describe_name": described("A name that is none.",
			func(d *subjectv1.Definition) { d.Name = "T\x1b[31mank" }, []string{"name"}, `\x1b[31m`),
		"describe_twice": described("Two invariants of one name.",
			func(d *subjectv1.Definition) { d.Invariants = append(d.GetInvariants(), d.GetInvariants()[0]) }, []string{"invariants[1].name"}, "twice"),
		"describe_severity": described("A severity that is none.",
			func(d *subjectv1.Definition) { d.Invariants[0].Severity = "dire" }, []string{"invariants[0].severity"}, "dire"),
		"describe_schema": described("A schema that is none.",
			func(d *subjectv1.Definition) { d.StateSchema = []byte(`{"type":"lake"}`) }, []string{"state_schema"}),
		"describe_schema_elsewhere": described("A schema that is to be fetched is not.",
			func(d *subjectv1.Definition) { d.StateSchema = []byte(`{"$ref":"file:///etc/passwd"}`) }, []string{"state_schema"}),
		"describe_schema_endless": described("A schema that applies itself.",
			func(d *subjectv1.Definition) { d.StateSchema = []byte(`{"$ref":"#"}`) }, []string{"state_schema"}),
		"describe_huge": described("A guide that no operator reads.",
			func(d *subjectv1.Definition) { d.Guide = strings.Repeat("water ", 300_000) }, nil, "may have"),
		"describe_many": coded(protocol.ResourceExhausted, described("More invariants than anybody means.",
			func(d *subjectv1.Definition) {
				for range 2000 {
					d.Invariants = append(d.GetInvariants(), d.GetInvariants()[0])
				}
			}, nil, "more than 1000 invariants")),
		"describe_nothing": {
			reason: "An answer without a definition.", plain: true,
			run:  onWire("Describe", func(c *wireCall) error { return c.SendMsg(&subjectv1.DescribeResponse{}) }),
			code: protocol.Internal, want: []string{"there is no definition"},
		},
		"describe_oversized": {
			reason: "A definition beyond what is carried.", plain: true, loud: true,
			run:  onWire("Describe", func(c *wireCall) error { return c.SendMsg(make([]byte, plugin.MaxMessageBytes+1)) }),
			code: protocol.ResourceExhausted, want: []string{"larger than"},
		},
		"describe_unimplemented": {
			reason: "A go-plugin plugin that serves something else.", plain: true,
			run:  onWire("Describe", func(*wireCall) error { return status.Error(codes.Unimplemented, "unknown service") }),
			code: protocol.Unimplemented, want: []string{"unknown service"},
		},
		"describe_never": {
			reason: "A handshake is not everything.", plain: true, start: startTimeout / 10,
			run:  onWire("Describe", func(c *wireCall) error { return untilGivenUp(c) }),
			code: protocol.DeadlineExceeded, want: []string{"not ready"},
		},
		"configure_renames": configured("What is configured is what was described.",
			func(d *subjectv1.Definition) { d.Name = "lake" }, "name"),
		"configure_adds_action": configured("An operator approves of a catalogue, not of what comes later.",
			func(d *subjectv1.Definition) {
				d.Actions = append(d.Actions, &subjectv1.ActionSpec{Name: "flood", Params: []byte(`{}`), Risk: "low"})
			}, "actions"),
		"configure_drops_invariant": configured("An invariant that nobody judges any more.",
			func(d *subjectv1.Definition) { d.Invariants = nil; d.Actions[0].Repairs = nil }, "invariants"),
		"configure_schema": configured("A schema that is none.",
			func(d *subjectv1.Definition) { d.StateSchema = []byte(`[`) }, "state_schema"),
		"configure_exits": {
			reason: "A configuration that it dies of.", plain: true, at: atOpen, dies: true, check: "configure/opens",
			run: onWire("Configure", func(*wireCall) error {
				exits()
				return nil
			}),
			code: protocol.Unavailable, want: []string{"exit status 7", "the disk is gone"},
		},
	}
}

func coded(code protocol.Code, f fault) fault {
	f.code = code
	return f
}

// untilGivenUp does not answer.
func untilGivenUp(c *wireCall) error {
	<-c.Context().Done()
	return c.Context().Err()
}
