package ratelimiter

import (
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// EndpointsError is a call that several endpoints were tried for, all in vain:
// see [failure.EndpointsError].
type EndpointsError = failure.EndpointsError

// Answered reports whether the service gave any answer at all to the call that
// returned err: see [failure.Answered].
func Answered(err error) bool { return failure.Answered(err) }

// ValidateBaseURL reports what is wrong with one element of [Options.BaseURLs],
// without showing credentials in it; nil means that [New] accepts it.
func ValidateBaseURL(raw string) error {
	if _, problem := endpoints.Parse(raw); problem != "" {
		return &failure.Error{Op: "base URL", Class: failure.Invalid, Detail: problem}
	}
	return nil
}
