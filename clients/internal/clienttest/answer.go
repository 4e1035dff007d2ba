package clienttest

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// SeedAnswers adds the recorded answers, and other bodies with the status 200.
func SeedAnswers(f *testing.F, add func(status int, body []byte), others ...string) {
	f.Helper()
	for _, name := range Names(f) {
		r := Load(f, name).Response
		add(r.Status, []byte(r.Body))
	}
	for _, body := range others {
		add(http.StatusOK, []byte(body))
	}
}

// Answered are the classes of what an answer over HTTP can be found to be.
func Answered() []failure.Class {
	return []failure.Class{
		failure.Unauthenticated, failure.Forbidden, failure.Rejected, failure.Failing, failure.Malformed, failure.TooLarge,
	}
}

// MustBeClassed fails the test unless an error is a [failure.Error] of one of the
// classes, and is fit to be shown: see [MustBeLine].
func MustBeClassed(tb testing.TB, err error, classes []failure.Class, secrets ...string) *failure.Error {
	tb.Helper()
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || !slices.Contains(classes, fe.Class) {
		tb.Fatalf("%#v is of none of the classes %q", err, classes)
	}
	MustBeLine(tb, err, secrets...)
	return fe
}

// Document is an answer that is given to one decoder after the other.
type Document struct {
	body []byte
	// The same document written anew: as it is, with null in place of one number,
	// and without that number's field. They are nil if no object in it has a number.
	whole, nulled, removed []byte
}

// Decode gives the document to a decoder; ok is false if that says it is not
// one. The test fails unless the error is fit to be shown and the memory is in
// proportion to the document.
func (d Document) Decode(tb testing.TB, decode func([]byte) (any, error)) (value any, ok bool) {
	tb.Helper()
	var err error
	MustBeBounded(tb, len(d.body), func() { value, err = decode(d.body) })
	if err != nil {
		MustBeLine(tb, err)
		return nil, false
	}
	return value, true
}

// MustNeedNumber fails the test if the decoder, to which the document is one,
// takes a number that is null for another, or, unless some may be omitted, a
// number that is missing. Name is the decoder's.
func (d Document) MustNeedNumber(tb testing.TB, name string, decode func([]byte) (any, error), omitted bool) {
	tb.Helper()
	if d.whole == nil {
		return
	}
	value, err := decode(d.whole)
	if err != nil {
		tb.Fatalf("%s: %s decodes, and written anew as %s does not: %v", name, d.body, d.whole, err)
	}
	without := [][]byte{d.nulled}
	if !omitted {
		without = append(without, d.removed)
	}
	for _, document := range without {
		if got, err := decode(document); err == nil && !reflect.DeepEqual(value, got) {
			tb.Fatalf("%s: %s is %+v, and without a number, %s, it is %+v", name, d.whole, value, document, got)
		}
	}
}
