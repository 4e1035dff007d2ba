package pd

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

const (
	// maxQuoted bounds how often a text is taken out of its quotes: PD passes
	// some calls on to itself, and quotes what it got from itself once more.
	maxQuoted = 4
	// maxCode is the length of the longest code that is taken for one.
	maxCode = 128
)

var (
	codedText = regexp.MustCompile(`^\[(PD:[A-Za-z0-9_-]+:[A-Za-z0-9_]+)\]`)
	shortCode = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
)

// errorOf reads what PD says with an unwanted status. That is one of
//
//	"[PD:core:ErrStoreNotFound]store 99 not found"          a JSON string,
//	"\"[PD:core:ErrStoreNotFound]store 99 not found\"\n"    quoted once more,
//	"missing store id to transfer leader to"                without a code,
//	{"code":"input","msg":"unexpected end of JSON input"}   an object,
//	null                                                    nothing at all,
//	[PD:url:ErrURLParse]...                                 or plain text.
//
// Only the first value counts: some versions of PD go on to say that it worked.
// Anything else, other plain text included ("404 page not found", "no leader"),
// was not said by a handler of PD, and gives nil.
func errorOf(status int, body []byte) *Error {
	said, isJSON := spoken(body)
	if said == nil || !isJSON && said.Code == "" {
		return nil
	}
	said.notFound = isNotFound(said.Code) || status == http.StatusNotFound
	return said
}

func spoken(body []byte) (said *Error, isJSON bool) {
	var first json.RawMessage
	if json.NewDecoder(bytes.NewReader(body)).Decode(&first) != nil {
		return coded(string(body)), false
	}
	switch first[0] {
	case 'n':
		return &Error{}, true
	case '"':
		return coded(unquoted(first)), true
	case '{':
		var wire struct {
			Code *string `json:"code"`
			Msg  *string `json:"msg"`
		}
		if err := json.Unmarshal(first, &wire); err != nil || wire.Code == nil || wire.Msg == nil {
			return nil, true //nolint:nilerr // not an object of PD's, and so not PD's word
		}
		said := coded(*wire.Msg)
		if said.Code == "" && len(*wire.Code) <= maxCode && shortCode.MatchString(*wire.Code) {
			said.Code = *wire.Code
		}
		return said, true
	default:
		return nil, true
	}
}

// unquoted takes a text out of JSON's quotes, as often as it is in them.
func unquoted(raw []byte) string {
	text := string(raw)
	for range maxQuoted {
		var inner string
		if json.Unmarshal([]byte(text), &inner) != nil {
			break
		}
		text = inner
	}
	return text
}

// coded splits a text into its code and the rest.
func coded(text string) *Error {
	text = strings.TrimSpace(text)
	if m := codedText.FindStringSubmatch(text); m != nil && len(m[1]) <= maxCode {
		return &Error{Code: m[1], Message: failure.Line(strings.TrimSpace(text[len(m[0]):]))}
	}
	return &Error{Message: failure.Line(text)}
}
