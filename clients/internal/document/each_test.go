package document_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// pair is an item of a list that is read as it comes.
type pair struct {
	Name string
	N    int64
}

func eachPair(body io.Reader) ([]pair, error) {
	var all []pair
	err := document.Each(body, "list", []string{"name", "n"}, func(i *document.Item) {
		if p := (pair{i.Text("name"), i.Integer("n")}); i.OK() {
			all = append(all, p)
		}
	})
	return all, err
}

func TestEach(t *testing.T) {
	cases := map[string]struct {
		reason, body string
		want         []pair
		err          string
	}{
		"Items":    {reason: "In their order.", body: `{"list":[{"name":"a","n":1},{"n":-2,"name":"b"}]}`, want: []pair{{"a", 1}, {"b", -2}}},
		"None":     {reason: "None are a list.", body: ` { "list" : [ ] } `},
		"Others":   {reason: "Other fields are not looked at.", body: `{"x":{"list":[1]},"list":[{"x":["n"],"name":"a","y":"}","n":1,"z":{"n":"]"}}],"y":null}`, want: []pair{{"a", 1}}},
		"Escapes":  {reason: "Names and texts are what they stand for.", body: `{"l\u0069st":[{"\u006eame":"\"\\\u00e9\ud800","n":0}]}`, want: []pair{{"\"\\é\uFFFD", 0}}},
		"NotUTF8":  {reason: "As encoding/json has it.", body: "{\"list\":[{\"name\":\"\xff\",\"n\":0}]}", want: []pair{{"\uFFFD", 0}}},
		"Twice":    {reason: "Of two one is wrong.", body: `{"list":[{"name":"a","n":1,"\u006e":1}]}`, err: "list[0].n is there twice"},
		"Lists":    {reason: "The first has been handed on.", body: `{"list":[],"list":[]}`, err: "list is there twice"},
		"Missing":  {reason: "Missing is not zero.", body: `{"list":[{"name":"a","n":1},{"name":"a"}]}`, want: []pair{{"a", 1}}, err: "list[1].n is missing"},
		"Null":     {reason: "Nor is null.", body: `{"list":[{"name":null,"n":1}]}`, err: "list[0].name is null, want string"},
		"Fraction": {reason: "Whole numbers are whole.", body: `{"list":[{"name":"a","n":1.5}]}`, err: "list[0].n is the number 1.5, want integer"},
		"TooLarge": {reason: "Too large is not the largest.", body: `{"list":[{"name":"a","n":9223372036854775808}]}`, err: "list[0].n is the number 9223372036854775808, want integer"},
		"Text":     {reason: "Digits are no number.", body: `{"list":[{"name":"a","n":"1"}]}`, err: "list[0].n is string, want integer"},
		"Item":     {reason: "Items are objects.", body: `{"list":[[]]}`, err: "list[0] is array, want object"},
		"NoList":   {reason: "A missing list is not an empty one.", body: `{}`, err: "list is missing"},
		"NullList": {reason: "Nor is null.", body: `{"list":null}`, err: "list is null, want array"},
		"Number":   {reason: "An error shows it as it is.", body: `{"list":1e400}`, err: "list is the number 1e400, want array"},
		"Nothing":  {reason: "No document is no list.", body: " \n", err: "the answer is empty where JSON was expected"},
		"Array":    {reason: "The list is in an object.", body: strings.Repeat(" ", 300) + "[]", err: "field the document: want object, got array"},
		"CutOff":   {reason: "A part is not the whole.", body: `{"list":[{"name":"a","n":1}`, want: []pair{{"a", 1}}, err: "the JSON is cut off after 27 bytes"},
		"Comma":    {reason: "JSON is JSON.", body: `{"list":[{"name":"a","n":1},]}`, want: []pair{{"a", 1}}, err: `not JSON (invalid character ']' looking for beginning of value): "{\"list\":[{\"name\":\"a\",\"n\":1},]}"`},
		"Another":  {reason: "One answer is one document.", body: `{"list":[]}{}`, err: `more than one JSON value in the answer: "{\"list\":[]}{}"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			streams(t, tc.reason, tc.body, eachPair, tc.want, tc.err)
		})
	}
}

// What breaks under the reader is told as it is: whoever sent the request knows
// more of it.
func TestEachOfABrokenBody(t *testing.T) {
	broken := errors.New("broken")
	_, err := eachPair(io.MultiReader(strings.NewReader(`{"list":[{"name":"a","n":1},`), iotest.ErrReader(broken)))
	if err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("got %v", err)
	}
}
