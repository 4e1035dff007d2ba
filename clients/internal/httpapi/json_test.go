package httpapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

type document struct {
	Name  string             `json:"name"`
	Count *int64             `json:"count"`
	Ratio float64            `json:"ratio"`
	Up    bool               `json:"up"`
	List  []document         `json:"list"`
	Inner struct{ A uint16 } `json:"inner"`
	Any   map[string]any     `json:"any"`
}

func TestDecodeJSON(t *testing.T) {
	cases := map[string]struct {
		reason, body, want string // the error; "" for none
	}{
		"Object":       {reason: "An answer.", body: `{"name":"a","count":1,"list":[{}]}`},
		"Unknown":      {reason: "Unknown fields are tolerated.", body: `{"more":{"name":1}}`},
		"Space":        {reason: "Space around it is none of our business.", body: " \r\n{}\n\t"},
		"Empty":        {reason: "Nothing came.", body: "", want: "the answer is empty where JSON was expected"},
		"OnlySpace":    {reason: "Nothing came.", body: " \n", want: "the answer is empty where JSON was expected"},
		"CutOff":       {reason: "Half came.", body: `{"name":"a`, want: "the JSON is cut off after 10 bytes"},
		"Two":          {reason: "Too much came.", body: `{} {}`, want: `more than one JSON value in the answer: "{} {}"`},
		"Trailing":     {reason: "Too much came.", body: `{}x`, want: `more than one JSON value in the answer: "{}x"`},
		"HTML":         {reason: "Something else came.", body: "<html>", want: `not JSON (invalid character '<' looking for beginning of value): "<html>"`},
		"Control":      {reason: "What came is escaped.", body: "\x1b[2J", want: `not JSON (invalid character '\x1b' looking for beginning of value): "\x1b[2J"`},
		"Array":        {reason: "The document itself is of another type.", body: `[]`, want: "field the document: want object, got array"},
		"TextForInt":   {reason: "Named by the JSON type, not by Go's.", body: `{"count":"1"}`, want: "field count: want integer (int64), got string"},
		"FloatForInt":  {reason: "With the number.", body: `{"count":1.5}`, want: "field count: want integer (int64), got number 1.5"},
		"Range":        {reason: "A number out of range.", body: `{"inner":{"A":65536}}`, want: "field inner.A: want integer (uint16), got number 65536"},
		"NumberString": {reason: "A number where a text is.", body: `{"name":1}`, want: "field name: want string, got number"},
		"TextForFloat": {reason: "A text where a number is.", body: `{"ratio":"1"}`, want: "field ratio: want number, got string"},
		"TextForBool":  {reason: "A text where a truth is.", body: `{"up":"yes"}`, want: "field up: want boolean, got string"},
		"TextForList":  {reason: "A text where a list is.", body: `{"list":"a"}`, want: "field list: want array, got string"},
		"NumberInList": {reason: "The path leads through the list.", body: `{"list":[{"name":1}]}`, want: "field list.name: want string, got number"},
		"ListForMap":   {reason: "A list where an object is.", body: `{"any":[]}`, want: "field any: want object, got array"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := httpapi.DecodeJSON([]byte(tc.body), new(document)); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, body := range []string{"", "{}", `{"count":1e999}`, "\x1b", `{"count":` + strings.Repeat("9", 1000) + `}`, strings.Repeat("[", 11000)} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := httpapi.DecodeJSON(body, new(document))
		if err == nil {
			return
		}
		text := err.Error()
		if len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Fatalf("not a bounded printable line: %q", text)
		}
	})
}

func TestClassOfStatus(t *testing.T) {
	for status, want := range map[int]failure.Class{
		201: failure.Malformed, 204: failure.Malformed,
		301: failure.Rejected, 304: failure.Rejected, 400: failure.Rejected, 404: failure.Rejected,
		405: failure.Rejected, 409: failure.Rejected, 422: failure.Rejected, 431: failure.Rejected,
		401: failure.Unauthenticated,
		403: failure.Forbidden,
		429: failure.Failing, 500: failure.Failing, 503: failure.Failing, 599: failure.Failing,
	} {
		if got := httpapi.ClassOfStatus(status); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
	}
}

func TestFail(t *testing.T) {
	req := request(t.Context(), t, http.MethodPut, "https://user:SECRET@h:1/a%2Fb?c#d")
	want := "PUT /a%2Fb on https://h:1: rejected (status 404): no"
	if got := httpapi.Fail(req, failure.Rejected, 404, "no"); got.Error() != want || !got.Sent {
		t.Errorf("got %q, want %q", got, want)
	}
}
