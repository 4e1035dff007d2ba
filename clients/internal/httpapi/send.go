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

// Response is an answer. From [Send] it was read completely.
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
	var whole Response
	err := Stream(doer, req, limit, func(resp Response, body io.Reader) error {
		whole = resp
		var err error
		whole.Body, err = io.ReadAll(body)
		return err
	})
	if err != nil {
		return Response{}, err
	}
	return whole, nil
}

// Stream is [Send] for an answer that need not be held as a whole: read gets
// the status and headers, without a Body, and the body to read as far as it
// likes. What it leaves unread is not waited for.
//
// A body that breaks, or goes past limit, is a [*failure.Error] whatever read
// made of it; else the error is read's own, as it is.
func Stream(doer Doer, req *http.Request, limit int64, read func(Response, io.Reader) error) error {
	s := &sending{req: req, start: time.Now()}
	if req.Context().Err() != nil {
		s.asked.Store(true) // and got nothing: the transport was never told
		return s.fail(req.Context().Err())
	}

	resp, err := doer.Do(s.traced())
	if err != nil {
		return s.fail(withoutURL(err))
	}
	// The body is closed without draining: an answer over the bound, or one that
	// drips, must not hold the caller.
	defer func() { _ = resp.Body.Close() }()
	s.connected.Store(true)
	s.answering.Store(true)

	if resp.StatusCode == http.StatusSwitchingProtocols {
		// Its "body" is the bare connection, which no context interrupts.
		return Fail(req, failure.Malformed, resp.StatusCode, "the server switched to another protocol, unasked")
	}
	body := &boundedBody{from: resp.Body, left: limit}
	err = read(Response{Status: resp.StatusCode, Header: resp.Header}, body)
	switch {
	case err == nil:
		return nil
	case errors.Is(body.err, errTooLarge):
		return Fail(req, failure.TooLarge, resp.StatusCode, "the answer is over "+strconv.FormatInt(limit, 10)+" bytes")
	case body.err != nil:
		return s.fail(body.err)
	default:
		return err
	}
}

// errTooLarge is what a reader of a body sees at the bound.
var errTooLarge = errors.New("the answer is too large")

// boundedBody is a body up to a bound. It remembers why it ended, so that what
// became of that error in a decoder does not matter.
type boundedBody struct {
	from io.Reader
	left int64
	err  error // errTooLarge, or why the body broke; not io.EOF
}

// Read asks for one byte more than is left, by which too much is recognised.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.left < math.MaxInt64 && int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), errTooLarge
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// withoutURL strips *url.Error, whose text repeats the URL, credentials and a
// key of a megabyte included.
func withoutURL(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err
	}
	return err
}
