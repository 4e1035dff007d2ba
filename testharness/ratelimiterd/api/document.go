package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// document is a request's JSON object, whose members are decoded one by one so
// that everything that is wrong with it is told at once.
type document struct {
	// members by their exact names; encoding/json would match a struct's fields
	// without regard to case.
	members  map[string]json.RawMessage
	problems []problem
}

// Whether a member must be there.
const (
	optional = false
	required = true
)

// read reads the body of a request, at most limit bytes. Where it is not a JSON
// object the request is answered here and ok is false.
func read(w http.ResponseWriter, r *http.Request, limit int64) (doc *document, ok bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		fail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is over %d bytes", limit))
		return nil, false
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "the body cannot be read: "+failure.Line(err.Error()))
		return nil, false
	}
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		refuse(w, problem{[]string{"body"}, "field required", "value_error.missing"})
	case !utf8.Valid(body):
		refuse(w, problem{[]string{"body"}, "the body is not UTF-8", "value_error.jsondecode"})
	case !json.Valid(body):
		var v any
		refuse(w, problem{[]string{"body"}, failure.Line(fmt.Sprint(json.Unmarshal(body, &v))), "value_error.jsondecode"})
	case body[0] != '{':
		refuse(w, problem{[]string{"body"}, "value is not a valid dict", "type_error.dict"})
	default:
		doc = &document{}
		if err := json.Unmarshal(body, &doc.members); err == nil {
			return doc, true
		}
		refuse(w, problem{[]string{"body"}, "value is not a valid dict", "type_error.dict"})
	}
	return nil, false
}

// text takes a required string of at most limit bytes.
func (d *document) text(name string, limit int) string {
	raw, ok := d.member(name, required)
	if !ok {
		return ""
	}
	var s string
	switch {
	case raw[0] != '"' || json.Unmarshal(raw, &s) != nil:
		d.wrong(problem{[]string{"body", name}, "str type expected", "type_error.str"})
	case hasLoneSurrogate(raw):
		// Decoded it would be U+FFFD, and another key.
		d.wrong(problem{[]string{"body", name}, "the text is not Unicode: a surrogate without its other half", "value_error.str.surrogate"})
	case len(s) > limit:
		d.wrong(tooLong("body", name, limit))
	}
	return s
}

// integer takes a whole number from lowest to highest; nil where there is none
// to take.
func (d *document) integer(name string, required bool, lowest, highest int64) *int64 {
	raw, ok := d.member(name, required)
	if !ok {
		return nil
	}
	n, ok := whole(raw)
	switch {
	case !ok:
		d.wrong(problem{[]string{"body", name}, "value is not a valid integer", "type_error.integer"})
	case n < lowest && lowest == 1:
		d.wrong(problem{[]string{"body", name}, "ensure this value is greater than 0", "value_error.number.not_gt"})
	case n < lowest:
		d.wrong(problem{[]string{"body", name}, fmt.Sprintf("ensure this value is greater than or equal to %d", lowest), "value_error.number.not_ge"})
	case n > highest:
		d.wrong(problem{[]string{"body", name}, fmt.Sprintf("ensure this value is less than or equal to %d", highest), "value_error.number.not_le"})
	}
	return &n
}

// member finds a member that is not null.
func (d *document) member(name string, required bool) (raw json.RawMessage, ok bool) {
	raw, ok = d.members[name]
	switch {
	case !ok && required:
		d.wrong(problem{[]string{"body", name}, "field required", "value_error.missing"})
	case string(raw) == "null" && required:
		d.wrong(problem{[]string{"body", name}, "none is not an allowed value", "type_error.none.not_allowed"})
	}
	return raw, ok && string(raw) != "null"
}

func (d *document) wrong(p problem) { d.problems = append(d.problems, p) }

// whole decodes a JSON number without a fraction; 5.0 and 5e0 are 5. One that
// is too large for an int64 is whole nevertheless, and larger than any bound.
func whole(raw json.RawMessage) (int64, bool) {
	text := string(raw)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case raw[0] != '-' && (raw[0] < '0' || raw[0] > '9'):
		return 0, false // no number at all, though ParseFloat knows "inf"
	case err != nil && !errors.Is(err, strconv.ErrRange), f != math.Trunc(f):
		return 0, false
	case f >= math.MaxInt64:
		return math.MaxInt64, true
	case f <= math.MinInt64:
		return math.MinInt64, true
	}
	return int64(f), true
}
