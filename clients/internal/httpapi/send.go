// Package httpapi is what the HTTP clients have in common: a request is sent
// once, its answer is read up to a bound, and what went wrong becomes a
// [failure.Error]. What an answer means is each client's own business.
//
// The field that writes depend on is [failure.Error.Sent]. It is false only
// where the transport itself said, through net/http/httptrace, that it asked
// for a connection and got none. A transport that does not trace, or that a
// connection was had from, leaves it true: a caller who believes Sent never
// sends a change twice, at worst it asks a person once too often.
package httpapi

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Doer sends one HTTP request. *http.Client is a Doer.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}

// Response is an answer that was read completely.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// WithoutRedirects returns a copy of client that hands a redirect back as the
// answer it is: a management API has no business sending an operator elsewhere.
func WithoutRedirects(client *http.Client) *http.Client {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// Send sends req once and reads at most limit bytes of its answer. Any final
// status is an answer; the error, always a [*failure.Error], is for when there
// is none, or too much of it. Its Sent field tells whether the server may have
// seen the request.
func Send(doer Doer, req *http.Request, limit int64) (Response, error) {
	s := &sending{req: req, start: time.Now()}
	if req.Context().Err() != nil {
		s.asked.Store(true) // and got nothing: the transport was never told
		return Response{}, s.fail(req.Context().Err())
	}

	resp, err := doer.Do(s.traced())
	if err != nil {
		return Response{}, s.fail(withoutURL(err))
	}
	// The body is closed without draining: an answer over the bound, or one that
	// drips, must not hold the caller.
	defer func() { _ = resp.Body.Close() }()
	s.connected.Store(true)
	s.answering.Store(true)

	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its "body" is the bare connection, which no context interrupts.
		return Response{}, Fail(req, failure.Malformed, resp.StatusCode, "the server switched to another protocol, unasked")
	}
	body, err := readUpTo(resp.Body, limit)
	if err != nil {
		return Response{}, s.fail(err)
	}
	if int64(len(body)) > limit {
		return Response{}, Fail(req, failure.TooLarge, resp.StatusCode, "the answer is over "+strconv.FormatInt(limit, 10)+" bytes")
	}
	return Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// readUpTo reads one byte more than limit, by which too much is recognised.
func readUpTo(body io.Reader, limit int64) ([]byte, error) {
	if limit < math.MaxInt64 {
		body = io.LimitReader(body, limit+1)
	}
	return io.ReadAll(body)
}

// withoutURL strips *url.Error, whose text repeats the URL, credentials and a
// key of a megabyte included.
func withoutURL(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}
