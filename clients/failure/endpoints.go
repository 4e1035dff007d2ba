package failure

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// EndpointsError is a call that several endpoints of one service were tried
// for, all in vain. It unwraps to every failure, so errors.AsType[*Error]
// yields the first, the most telling one. Make it with [OfEndpoints].
type EndpointsError struct {
	// Failures are those of each endpoint that was tried, the most telling
	// first: an endpoint that answered comes before one that did not, a timeout
	// before no connection, a call given up last.
	Failures []*Error
}

// OfEndpoints makes one error of the failures of every endpoint that was tried
// for one call, in any order. A single one stays itself; of none there is no
// error.
func OfEndpoints(failures []*Error) error {
	switch len(failures) {
	case 0:
		return nil
	case 1:
		return failures[0]
	}
	sorted := slices.Clone(failures)
	slices.SortStableFunc(sorted, func(a, b *Error) int { return tells(b) - tells(a) })
	return &EndpointsError{Failures: sorted}
}

// tells ranks how much a failure says about the service.
func tells(e *Error) int {
	switch {
	case e.Answered():
		return 3
	case e.Class == Timeout:
		return 2
	case e.Class == Unreachable:
		return 1
	default:
		return 0
	}
}

// Error shows the most telling failure whole and counts the others by class:
//
//	GET /api/nodes on http://a: failing (status 503): "busy" (and 2 more endpoints: 1 timeout, 1 unreachable)
//
// The text stays one line of bounded length however many endpoints there are;
// the rest is in Failures.
func (e *EndpointsError) Error() string {
	if len(e.Failures) == 0 {
		return "no endpoint was tried"
	}
	first, others := e.Failures[0], e.Failures[1:]
	if len(others) == 0 {
		return first.Error()
	}
	var classes []Class // in the order of what they tell
	count := make(map[Class]int)
	for _, f := range others {
		if count[f.Class]++; count[f.Class] == 1 {
			classes = append(classes, f.Class)
		}
	}
	counted := make([]string, len(classes))
	for i, class := range classes {
		counted[i] = fmt.Sprintf("%d %s", count[class], class.words())
	}
	noun := "endpoint"
	if len(others) > 1 {
		noun = "endpoints"
	}
	return fmt.Sprintf("%s (and %d more %s: %s)", first, len(others), noun, strings.Join(counted, ", "))
}

// Unwrap returns the failures.
func (e *EndpointsError) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f
	}
	return errs
}

// Answered reports whether the service gave any answer at all to the call that
// returned err: a good one (nil), or from at least one endpoint a refusal, a
// 5xx or something malformed. False means that no endpoint that was tried
// answered, or none was: look at the class for Canceled and Invalid, which say
// nothing about the service.
func Answered(err error) bool {
	if err == nil {
		return true
	}
	if all, ok := errors.AsType[*EndpointsError](err); ok {
		return slices.ContainsFunc(all.Failures, (*Error).Answered)
	}
	one, ok := errors.AsType[*Error](err)
	return ok && one.Answered()
}
