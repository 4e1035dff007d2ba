package ratelimiter

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// wholeCounters is the decoder that has the whole document before it, which is
// what the stream is compared with.
func wholeCounters(body []byte) ([]Counter, error) {
	return document.Decode(body, func(o document.Object) []Counter {
		return document.List(o, "counters", func(c document.Object) Counter {
			return Counter{
				Key:       c.Text("key"),
				Count:     c.Integer("count"),
				Limit:     c.Integer("limit"),
				Remaining: c.Integer("remaining"),
			}
		})
	})
}

// FuzzCounters reads a document as it comes, in one piece and byte by byte, and
// as a whole: the same counters, or an error all the same. Only of a name that is
// there twice the whole takes the last, and the stream neither.
func FuzzCounters(f *testing.F) {
	seedAnswers(f, func(status int, body []byte) {
		if status == http.StatusOK {
			f.Add(body)
		}
	})
	const counter = `{"key":"a\\\"\u00e9\ud800","count":-0,"limit":10,"remaining":9223372036854775807}`
	for _, body := range []string{
		`{"counters":[` + counter + ` , ` + counter + "]\t}\n", "{\"counters\" : [ {\n} ] }",
		`{"a":[{"counters":[]}],"counters":[{"b":{"key":"}]"},"key":"","count":1,"limit":1,"remaining":0,"c":[1,"]"]}]}`,
		`{"count\u0065rs":[{"k\u0065y":"` + "\xff" + `","count":1e0,"limit":1,"remaining":0}]}`,
		`{"counters":[],"counters":null}`, `{"counters":[{"key":null,"key":"a","count":1,"limit":1,"remaining":0}]}`,
		strings.Repeat(" ", 300) + "[]", `{"counters":[],}`, `{"counters":[` + counter + `,]}`, `{"counters":[}`, `{"counters"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, wanted := wholeCounters(body)
		got, err := decodeCounters(body)
		if err != nil {
			clienttest.MustBeLine(t, err)
		}
		slowly, slowErr := foldCounters(iotest.OneByteReader(bytes.NewReader(body)), noCounters, appendCounter)
		if diff := cmp.Diff(got, slowly); diff != "" || (err == nil) != (slowErr == nil) {
			t.Fatalf("%q: %v, and byte by byte %v\n%s", body, err, slowErr, diff)
		}
		if err != nil && strings.HasSuffix(err.Error(), "is there twice") {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" || (err == nil) != (wanted == nil) {
			t.Fatalf("%q: as a whole %v, as a stream %v\n%s", body, wanted, err, diff)
		}
	})
}
