package httpapi

import (
	"net/http"
	"net/url"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Said renders what an answer with an unwanted status says for itself: where a
// redirect points, else its body as it is, bounded and escaped.
func Said(resp Response) string {
	if location := resp.Header.Get("Location"); location != "" && resp.Status >= 300 && resp.Status < http.StatusBadRequest {
		return "redirects are not followed; it points to " + redirectTarget(location)
	}
	if len(resp.Body) == 0 {
		return "the answer is empty"
	}
	return failure.Quote(string(resp.Body))
}

// redirectTarget shows where a redirect points without what it may carry: a
// user, or a token in the query.
func redirectTarget(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "something that is not a URL"
	}
	return failure.Quote((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String())
}
