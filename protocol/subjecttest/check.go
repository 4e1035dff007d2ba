package subjecttest

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Check tries one promise of the contract.
type Check struct {
	// Name is the check's group and its name in it: "observe/bounded".
	Name string
	// Reason says in one line what is promised, and why it matters.
	Reason string
	// Run tries it. It returns nil if the promise was kept, what [NotApplicable]
	// returns if the subject does not promise it, and else an error that says
	// what was done, what was seen and what was promised. It ends when ctx does,
	// and may panic.
	Run func(ctx context.Context, env *Env) error
}

// NotApplicable returns the error of a [Check] of something that the subject
// does not declare; it says why.
func NotApplicable(format string, args ...any) error {
	return &inapplicableError{fmt.Sprintf(format, args...)}
}

type inapplicableError struct{ why string }

func (e *inapplicableError) Error() string { return "not applicable: " + e.why }

func whyNotApplicable(err error) (string, bool) {
	e, ok := errors.AsType[*inapplicableError](err)
	if !ok {
		return "", false
	}
	return e.why, true
}

// Checks returns the suite's own checks in the order in which they run. The
// caller may change the slice.
func Checks() []Check {
	return slices.Concat(
		describeChecks(),
		configureChecks(),
		observeChecks(),
		actRefuseChecks(), actRunChecks(), actOnceChecks(), actTimeChecks(),
		closeChecks(),
		errorsChecks(),
	)
}
