package endpoints

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// Request is one request to a service, before it is known to which endpoint.
type Request struct {
	Method string
	// Path is the API's own path, decoded, and Escaped the same path as it goes
	// out. Empty, Escaped is Path, which then has nothing to escape.
	Path, Escaped string
	Query         string // escaped, without the "?"
	Body          []byte // JSON, or nil
	// Op names the request in an error from before it was built; empty, it is
	// the method and the path.
	Op string
}

// Call is a request and what its answers mean.
type Call[T any] struct {
	Request Request
	// Read makes the value of the body of a good answer (any 2xx). Its error
	// says in one bounded line how the body is not what was promised. What it
	// leaves unread is not waited for. See [Whole].
	Read func(body io.Reader) (T, error)
	// Refused says what an answer with another status means. Nil takes status
	// and body as they are.
	Refused func(httpapi.Response) Refusal
	// Broken may add to a failure to get an answer at all what only the caller
	// knows of the request; nil adds nothing.
	Broken func(*failure.Error) *failure.Error
}

// Refusal is what an answer with an unwanted status says.
type Refusal struct {
	Class  failure.Class
	Detail string // bounded and escaped
	Err    error  // the cause, for errors.AsType; may be nil
	// Final: every endpoint would say the same. Not needed for a 4xx, which is
	// final unless its class is Failing.
	Final bool
}

// Whole makes a [Call]'s Read of a decoder that wants the whole body.
func Whole[T any](decode func(body []byte) (T, error)) func(io.Reader) (T, error) {
	return func(body io.Reader) (T, error) {
		all, err := io.ReadAll(body)
		if err != nil {
			return *new(T), err
		}
		return decode(all)
	}
}

// Short is [Whole] for an answer that is never long: a body of more than limit
// bytes is not as promised, and no more of it is read.
func Short[T any](limit int64, decode func(body []byte) (T, error)) func(io.Reader) (T, error) {
	whole := Whole(decode)
	return func(body io.Reader) (T, error) {
		cut := &io.LimitedReader{R: body, N: limit + 1}
		value, err := whole(cut)
		if cut.N <= 0 {
			return *new(T), fmt.Errorf("longer than the %d bytes that such an answer may have", limit)
		}
		return value, err
	}
}

// Invalid refuses the request before anything was sent.
func (r Request) Invalid(problem string) *failure.Error {
	return &failure.Error{Op: r.op(), Class: failure.Invalid, Detail: problem}
}

func (r Request) op() string {
	if r.Op != "" {
		return r.Op
	}
	return r.Method + " " + r.Path
}

// Build makes the request for e. The path is given in both forms, decoded and
// escaped: where they agree net/url sends the escaped one as it is, where they
// do not it would silently encode the decoded one its own way, slashes bare,
// and a call would reach another path. That is an error here.
func (r Request) Build(ctx context.Context, e Endpoint, userAgent string) (*http.Request, error) {
	base := url.URL{Scheme: e.scheme, Host: e.host}
	req, err := http.NewRequestWithContext(ctx, r.Method, base.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	escaped := r.Escaped
	if escaped == "" {
		escaped = r.Path
	}
	req.URL.Path = e.prefix + r.Path
	req.URL.RawPath = e.escaped + escaped
	req.URL.RawQuery = r.Query
	if req.URL.EscapedPath() != req.URL.RawPath {
		return nil, errors.New("the escaped path is not one of the path")
	}
	// Nothing that holds the request can send its body a second time.
	req.GetBody = nil
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if e.user != nil {
		password, _ := e.user.Password()
		req.SetBasicAuth(e.user.Username(), password)
	}
	return req, nil
}
