package httpapi

import (
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Fail describes an answer that was received but is not the one wanted.
func Fail(req *http.Request, class failure.Class, status int, detail string) *failure.Error {
	op, target := describe(req)
	return &failure.Error{Op: op, Target: target, Class: class, Status: status, Detail: detail, Sent: true}
}

// ClassOfStatus tells what a status other than the wanted one means.
func ClassOfStatus(status int) failure.Class {
	switch {
	case status == http.StatusUnauthorized:
		return failure.Unauthenticated
	case status == http.StatusForbidden:
		return failure.Forbidden
	case status >= 500, status == http.StatusTooManyRequests:
		return failure.Failing
	case status >= 300:
		return failure.Rejected
	default:
		return failure.Malformed
	}
}

// describe names a request in a bounded line: no query, no credentials, and of
// a long path only the beginning.
func describe(req *http.Request) (op, target string) {
	path := req.URL.EscapedPath()
	if len(path) > failure.MaxQuote {
		path = path[:failure.MaxQuote] + "..."
	}
	return req.Method + " " + path, req.URL.Scheme + "://" + req.URL.Host
}
