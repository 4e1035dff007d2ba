package subjecttest_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// everyOther breaks every other observation.
func everyOther(change func(o *protocol.Observation)) mutant {
	return func(suite *subjecttest.Suite, _ *tallies) {
		var n atomic.Int64
		shows(func(o *protocol.Observation) {
			if n.Add(1)%2 == 0 {
				change(o)
			}
		})(suite, nil)
	}
}

// deaf waits whatever its context says.
func deaf(suite *subjecttest.Suite, system *tallies) {
	observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
		system.hold()
		return next(ctx)
	})(suite, system)
}

func observeBreaches() map[string]breach {
	var cached atomic.Pointer[protocol.Observation]
	var failed atomic.Bool
	var inside atomic.Int64
	return map[string]breach{
		"observe/valid": {
			reason: "a violation of what nobody declared", says: "violations",
			mutant: shows(func(o *protocol.Observation) {
				o.Violations = append(o.Violations, protocol.Violation{Invariant: "undeclared", Severity: protocol.Info, Message: "broken"})
			}),
		},
		"observe/json": {
			reason: "the state is no JSON", says: "no JSON",
			mutant: shows(func(o *protocol.Observation) { o.State = json.RawMessage(`{`) }),
		},
		"observe/time": {
			reason: "the observation is an hour old", says: "its Time is",
			mutant: shows(func(o *protocol.Observation) { o.Time = o.Time.Add(-time.Hour) }),
		},
		"observe/summary": {
			reason: "two lines", says: "one line",
			mutant: shows(func(o *protocol.Observation) { o.Summary += "\nand more" }),
		},
		"observe/sources": {
			reason: "two sources have one name", says: "one of its own",
			mutant: shows(func(o *protocol.Observation) { o.Sources[1].Name = o.Sources[0].Name }),
		},
		"observe/source_order": {
			reason: "the order is that of a map", says: "order of sources",
			mutant: everyOther(func(o *protocol.Observation) { slices.Reverse(o.Sources) }),
		},
		"observe/worst_first": {
			reason: "worst last", says: "severities",
			mutant: shows(func(o *protocol.Observation) { slices.Reverse(o.Violations) }),
		},
		"observe/stable_order": {
			reason: "the order of two violations of one severity changes", says: "order of violations",
			mutant: everyOther(func(o *protocol.Observation) {
				if len(o.Violations) > 1 {
					o.Violations[0], o.Violations[1] = o.Violations[1], o.Violations[0]
				}
			}),
		},
		"observe/one_verdict": {
			reason: "a violation is told twice", says: "once more",
			mutant: shows(func(o *protocol.Observation) { o.Violations = append(o.Violations, o.Violations...) }),
		},
		"observe/messages": {
			reason: "a violation that says nothing", says: "has no message",
			mutant: shows(func(o *protocol.Observation) {
				for i := range o.Violations {
					o.Violations[i].Message = ""
				}
			}),
		},
		"observe/unchecked": {
			reason: "a source is to blame that there is not", says: "does not list",
			mutant: shows(func(o *protocol.Observation) {
				for i := range o.Unchecked {
					o.Unchecked[i].Source = "the moon"
				}
			}),
		},
		"observe/size": {
			reason: "the state has all that there is", says: "bytes, want at most",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				suite.MaxBytes = 1 << 10
				shows(func(o *protocol.Observation) { o.State = json.RawMessage(`"` + strings.Repeat("x", 2<<10) + `"`) })(suite, nil)
			},
		},
		"observe/concurrent": {
			reason: "one at a time", says: "another is under way",
			mutant: observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
				defer inside.Add(-1)
				if inside.Add(1) > 1 {
					return protocol.Observation{}, protocol.Errorf(protocol.ResourceExhausted, "another is under way")
				}
				time.Sleep(20 * time.Millisecond) // for the others to come
				return next(ctx)
			}),
		},
		"observe/changes_nothing": {
			reason: "what is too high is repaired on the way", says: "the system is another",
			mutant: func(suite *subjecttest.Suite, system *tallies) {
				observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
					system.mu.Lock()
					system.counts["apples"] = 0
					system.mu.Unlock()
					return next(ctx)
				})(suite, nil)
			},
		},
		"observe/not_shared": {
			reason: "one observation for all who ask", says: "wrote into",
			mutant: observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
				if o := cached.Load(); o != nil {
					return *o, nil
				}
				o, err := next(ctx)
				if err == nil && !cached.CompareAndSwap(nil, &o) {
					o = *cached.Load()
				}
				return o, err
			}),
		},
		"observe/again": {
			reason: "one cancelled call is the end", says: "after a call with",
			mutant: observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
				if failed.Load() {
					return protocol.Observation{}, protocol.Errorf(protocol.Internal, "it is broken for good")
				}
				o, err := next(ctx)
				failed.Store(err != nil)
				return o, err
			}),
		},
		"observe/bounded": {reason: "it waits for what hangs", mutant: deaf, says: "had not returned"},
		"observe/cancel":  {reason: "it waits for what hangs", mutant: deaf, says: "had not returned"},
		"observe/late_is_unknown": {
			reason: "no time, no verdicts", says: "checked and held",
			mutant: shows(func(o *protocol.Observation) { o.Unchecked = nil }),
		},
		"observe/ended": {
			reason: "nobody looks whether the caller is still there", says: "want Canceled",
			mutant: observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 100*time.Millisecond)
				defer cancel()
				return next(ctx)
			}),
		},
		"observe/down_is_no_error": {
			reason: "the predecessor's mistake", says: "a source that fails is no error",
			mutant: observes(func(ctx context.Context, next observer) (protocol.Observation, error) {
				o, err := next(ctx)
				if err == nil && len(o.Unchecked) > 0 {
					return protocol.Observation{}, protocol.Errorf(protocol.Unavailable, "the server is away")
				}
				return o, err
			}),
		},
		"observe/down_holds_nothing": {
			reason: "what could not be read is fine", says: "too_high",
			mutant: shows(func(o *protocol.Observation) { o.Unchecked = nil }),
		},
		"observe/down_says_why": {
			reason: "every source is well", says: "anything but OK",
			mutant: shows(func(o *protocol.Observation) {
				for i := range o.Sources {
					o.Sources[i].Class, o.Sources[i].Message = protocol.SourceOK, ""
				}
			}),
		},
	}
}
