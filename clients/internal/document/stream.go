package document

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// ErrEnough ends a [Read] without an error: nothing further in the document
// matters, and it is not looked at.
var ErrEnough = errors.New("enough of the document was read")

// Field is a field that [Read] must find, once. Its Read takes exactly one value
// off the stream, by [Stream.Value] or [Stream.List], and says by an error what
// is wrong with it.
type Field struct {
	Name string
	Read func(*Stream) error
}

// Read is [Decode] for a long object, which is read as it comes and never held
// as a whole: the fields are read in the document's order, and all others are
// passed over.
//
// It is as strict as Decode, and in one thing stricter: a field that is there
// twice is an error. What was there first has been acted on, so the last can no
// longer count. After an error whatever was made of the fields before it is of
// no worth.
func Read(body io.Reader, fields ...Field) error {
	counted := &countingReader{from: body}
	buffered := bufio.NewReader(counted)
	head, _ := buffered.Peek(failure.MaxQuote) // an error comes back with the next read
	head = bytes.Clone(head)                   // the buffer is read on
	s := Stream{dec: json.NewDecoder(buffered)}
	s.dec.UseNumber() // an error shows one as it is
	err := s.document(head, fields)
	switch {
	case errors.Is(err, ErrEnough):
		return nil
	case err == nil || !s.broken:
		return err
	case errors.Is(err, io.EOF): // between two tokens
		err = io.ErrUnexpectedEOF
	}
	return httpapi.ExplainJSON(head, counted.n, err)
}

// Stream is a document while [Read] reads it.
type Stream struct {
	dec    *json.Decoder
	name   string          // of the field that is being read
	raw    json.RawMessage // the last value, in memory that the next has too
	broken bool            // the error is of the JSON, or of who sends it, and not of what it says
}

// Value reads a value, whatever it is. It is the caller's until the next is
// read.
func (s *Stream) Value() (json.RawMessage, error) {
	if err := s.dec.Decode(&s.raw); err != nil {
		s.broken = true
		return nil, err
	}
	return s.raw, nil
}

// List reads the value of a field that must be an array. Item is called where
// each of its items begins, counted from 0, and reads it by [Stream.Value].
func (s *Stream) List(item func(i int) error) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return fmt.Errorf("%s is %s, want array", failure.Line(s.name), kindOfToken(token))
	}
	for i := 0; s.dec.More(); i++ {
		if err := item(i); err != nil {
			return err
		}
	}
	_, err = s.token() // the closing bracket
	return err
}

func (s *Stream) token() (json.Token, error) {
	token, err := s.dec.Token()
	if err != nil {
		s.broken = true
	}
	return token, err
}

// document reads all of it. For want of a field null is as good as an empty
// object, as it is to [Decode].
func (s *Stream) document(head []byte, fields []Field) error {
	token, err := s.token()
	switch {
	case err != nil:
		return err
	case token == nil:
		return missing(fields, nil)
	case token != json.Delim('{'):
		return fmt.Errorf("field the document: want object, got %s", kindOfToken(token))
	}
	found := make([]bool, len(fields))
	for s.dec.More() {
		if err := s.field(fields, found); err != nil {
			return err
		}
	}
	if _, err := s.token(); err != nil { // the closing brace
		return err
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more than one JSON value in the answer: %s", failure.Quote(string(head)))
	}
	return missing(fields, found)
}

// field reads one field, or passes over it.
func (s *Stream) field(fields []Field, found []bool) error {
	name, err := s.token()
	if err != nil {
		return err
	}
	for i, field := range fields {
		if name != json.Token(field.Name) {
			continue
		}
		if s.name = field.Name; found[i] {
			return fmt.Errorf("%s is there twice", failure.Line(s.name))
		}
		found[i] = true
		return field.Read(s)
	}
	_, err = s.Value()
	return err
}

// missing is the error of the first field that was not found.
func missing(fields []Field, found []bool) error {
	for i, field := range fields {
		if found == nil || !found[i] {
			return fmt.Errorf("%s is missing", failure.Line(field.Name))
		}
	}
	return nil
}

// countingReader knows how much was read.
type countingReader struct {
	from io.Reader
	n    int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}

// kindOfToken is [kindOf] for what json.Decoder makes of a value, or of its
// beginning.
func kindOfToken(token json.Token) string {
	switch token := token.(type) {
	case json.Delim:
		return kindOf([]byte(token.String()))
	case string:
		return "string"
	case json.Number:
		return kindOf([]byte(token))
	case bool:
		return "boolean"
	default:
		return "null"
	}
}
