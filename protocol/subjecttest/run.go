package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Run runs the suite's checks, one after another, and returns how they went.
// report, if not nil, is told of each as soon as it is done. A check that
// panics or takes too long fails, and the next goes on; a call that never
// returns is left behind, as nothing in the same process can end it. When ctx
// ends, the checks that are left fail.
func Run(ctx context.Context, suite Suite, report func(Result)) Report {
	suite = suite.withDefaults()
	r := newRunner(ctx, suite)
	all := Report{Subject: r.name, Version: r.version}
	for _, check := range suite.checks() {
		result := r.run(ctx, check)
		all.add(result)
		if report != nil {
			report(result)
		}
	}
	return all
}

// checks returns the checks to run.
func (s Suite) checks() []Check {
	checks := slices.Concat(Checks(), s.Extra)
	if s.Only != nil {
		checks = slices.DeleteFunc(checks, func(c Check) bool { return !s.Only(c) })
	}
	return checks
}

// runner runs the checks of one suite, which has its defaults.
type runner struct {
	suite         Suite
	name, version string // of the subject, if they could be had
	seen          *seen
}

// newRunner asks what is to be tried. If that cannot be told there is a check
// to say so.
func newRunner(ctx context.Context, suite Suite) *runner {
	r := &runner{suite: suite, seen: &seen{}}
	told := make(chan protocol.Definition, 1)
	asked := r.run(ctx, Check{Name: "subject", Run: func(ctx context.Context, env *Env) error {
		instance, err := env.Start(ctx)
		if err != nil {
			return err
		}
		def, err := env.Definition(ctx, instance)
		told <- def
		return err
	}})
	if asked.Status != Passed {
		return r
	}
	def := <-told
	r.name, r.version = printable(def.Name), printable(def.Version)
	if schema, err := compile(def.ConfigSchema); err == nil {
		r.seen.secrets = secretsIn(schema, suite.Config, suite.Down, suite.Hang)
	}
	return r
}

// run runs one check.
func (r *runner) run(ctx context.Context, check Check) Result {
	result := Result{Check: check.Name, Reason: check.Reason, Status: Passed}
	began := time.Now()
	env := &Env{suite: r.suite, seen: r.seen, label: check.Name + "#" + strconv.FormatInt(began.UnixNano(), 36)}
	err := env.try(ctx, check)
	env.cleanUp(context.WithoutCancel(ctx))
	result.Duration = time.Since(began)

	why, inapplicable := whyNotApplicable(err)
	switch {
	case err == nil:
	case inapplicable:
		result.Status, result.Message = Inapplicable, printable(why)
	default:
		result.Status, result.Message = Failed, printable(err.Error())
	}
	return result
}

// try runs a check within its time, and fails it for what its calls have done,
// too.
func (e *Env) try(ctx context.Context, check Check) error {
	if ctx.Err() != nil {
		return fmt.Errorf("was not tried: the run had ended: %w", context.Cause(ctx))
	}
	timeout := fmt.Errorf("the check's time of %s was over", e.suite.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, e.suite.Timeout, timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("the check panicked: %v\n%s", p, debug.Stack())
			}
		}()
		done <- check.Run(ctx, e)
	}()
	select {
	case err := <-done:
		return e.judged(err)
	case <-ctx.Done():
	}
	// Calls that see the end of ctx return now, and those that do not are given
	// up after the Slack; the check that waits for them has twice that.
	late := time.NewTimer(2 * e.suite.Slack)
	defer late.Stop()
	select {
	case err := <-done:
		if err == nil {
			return e.judged(nil)
		}
		return e.judged(fmt.Errorf("%w: %w", context.Cause(ctx), err))
	case <-late.C:
		return e.judged(fmt.Errorf("%w, and it had not ended; calls that have not returned: %s", context.Cause(ctx), e.pending()))
	}
}

// judged adds the faults of the check's calls to its error.
func (e *Env) judged(err error) error {
	e.mu.Lock()
	faults := slices.Clone(e.faults)
	e.mu.Unlock()
	if len(faults) == 0 {
		return err
	}
	lines := make([]string, 0, len(faults)+1)
	for _, fault := range faults {
		lines = append(lines, fault.Error())
	}
	if err != nil && !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(err.Error(), l) }) {
		lines = append(lines, err.Error())
	}
	return errors.New(strings.Join(lines, "\n"))
}
