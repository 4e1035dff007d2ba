package document_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// readUpTo keeps what is in a document's field "list", as it is written, up to
// as many items as "count" says.
func readUpTo(body io.Reader) (kept []string, err error) {
	count := 1 << 20
	err = document.Read(body,
		document.Field{Name: "count", Read: func(s *document.Stream) error {
			raw, err := s.Value()
			count = len(raw)
			return err
		}},
		document.Field{Name: "list", Read: func(s *document.Stream) error {
			return s.List(func(i int) error {
				if i == count {
					return document.ErrEnough
				}
				raw, err := s.Value()
				kept = append(kept, string(raw))
				return err
			})
		}},
	)
	return kept, err
}

func TestRead(t *testing.T) {
	cases := map[string]struct {
		reason, body string
		want         []string
		err          string
	}{
		"All":      {reason: "Values come as they are written.", body: `{"count":11111,"list":["\u0061", 1e0 ,{ }]}`, want: []string{`"\u0061"`, "1e0", "{ }"}},
		"AnyOrder": {reason: "The order is the document's.", body: `{"x":[{"count":1}],"list":[1,2],"count":1}`, want: []string{"1", "2"}},
		"Enough":   {reason: "What follows is not looked at.", body: `{"count":1,"list":[7,<html>`, want: []string{"7"}},
		"CutOff":   {reason: "But it is if more is wanted.", body: `{"count":11,"list":[7,`, want: []string{"7", ""}, err: "the JSON is cut off after 22 bytes"},
		"Missing":  {reason: "Each must be there.", body: `{"list":[]}`, err: "count is missing"},
		"Second":   {reason: "Each.", body: `{"count":1}`, err: "list is missing"},
		"Null":     {reason: "Null has no fields.", body: `null`, err: "count is missing"},
		"Twice":    {reason: "Of two one is wrong.", body: `{"count":1,"count":1,"list":[]}`, err: "count is there twice"},
		"NoList":   {reason: "The field is named.", body: `{"count":1,"list":{}}`, err: "list is object, want array"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			streams(t, tc.reason, tc.body, readUpTo, tc.want, tc.err)
		})
	}
}

// streams checks what read makes of a body, in one piece and byte by byte, and
// the text of its error.
func streams[T any](t *testing.T, reason, body string, read func(io.Reader) ([]T, error), want []T, wanted string) {
	t.Helper()
	for _, body := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body))} {
		got, err := read(body)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if diff := cmp.Diff(want, got) + cmp.Diff(wanted, said); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", reason, diff)
		}
	}
}
