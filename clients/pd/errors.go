package pd

import (
	"errors"
	"net/http"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// Codes of PD that callers tell apart. There are many more; [CodeOf] gives
// whichever it was.
const (
	CodeNotBootstrapped   = "PD:cluster:ErrNotBootstrapped"
	CodeStoreNotFound     = "PD:core:ErrStoreNotFound"
	CodeRegionNotFound    = "PD:region:ErrRegionNotFound"
	CodeSchedulerNotFound = "PD:scheduler:ErrSchedulerNotFound"
)

// Error is what PD said when it refused a call or failed it. It is the cause of
// a [failure.Error], which says the rest; errors.AsType finds it.
type Error struct {
	// Code is PD's own, "PD:core:ErrStoreNotFound", or the short kind that it
	// gives to bad input, "input". It is empty where PD gave none.
	Code string
	// Message is PD's text, bounded and escaped; it may be empty.
	Message string

	notFound bool
}

// Error renders the code and the message.
func (e *Error) Error() string {
	switch {
	case e.Code == "" && e.Message == "":
		return "PD gave no reason"
	case e.Code == "":
		return e.Message
	default:
		return e.Code + ": " + e.Message
	}
}

// CodeOf returns the code that PD gave for err, or "".
func CodeOf(err error) string {
	if said, ok := errors.AsType[*Error](err); ok {
		return said.Code
	}
	return ""
}

// NotFound reports whether PD said that what the call was about does not exist:
// a store, a region, a scheduler. A path that is not PD's is no such word.
func NotFound(err error) bool {
	said, ok := errors.AsType[*Error](err)
	return ok && said.notFound
}

// NotBootstrapped reports whether PD said that no store has ever joined it, so
// that it has no cluster to tell of.
func NotBootstrapped(err error) bool { return CodeOf(err) == CodeNotBootstrapped }

// refusing makes sense of an answer with an unwanted status.
type refusing func(httpapi.Response) endpoints.Refusal

// refused goes by PD's word where there is one: its statuses are not. An
// unknown store is a 404 to one call and a 500 to another, and a cluster that
// is not bootstrapped a 500 or a 406. Both would be said by every member.
func refused(resp httpapi.Response) endpoints.Refusal {
	r := endpoints.Refusal{Class: httpapi.ClassOfStatus(resp.Status)}
	said := errorOf(resp.Status, resp.Body)
	if said == nil {
		r.Detail = httpapi.Said(resp)
		return r
	}
	r.Err, r.Detail = said, said.Error()
	switch {
	case said.Code == CodeNotBootstrapped:
		r.Class, r.Final = failure.Failing, true
	case said.notFound:
		r.Class = failure.Rejected
	}
	return r
}

// refusedOutright is [refused] for calls that PD does in memory, as a whole or
// not at all: what it refuses with a 500 was not done either, and would not be
// done if it were asked again. What is in the way of the leader itself, the
// followers say in plain text.
func refusedOutright(resp httpapi.Response) endpoints.Refusal {
	r := refused(resp)
	if r.Err != nil && resp.Status == http.StatusInternalServerError && !r.Final {
		r.Class = failure.Rejected
	}
	return r
}

// isNotFound tells from the last part of a code, PD:module:ErrName, whether it
// says that something does not exist.
func isNotFound(code string) bool {
	return strings.HasPrefix(code, "PD:") && (strings.HasSuffix(code, "NotFound") || strings.HasSuffix(code, ":ErrScheduleConfigNotExist"))
}
