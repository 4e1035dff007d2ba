package pd

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// decodeRegions reads PD's {"count":…,"regions":[…]} as it comes. Of the
// regions the first keep are decoded and held; the others are only counted, and
// once PD has said the count, which it does first, they are not read at all.
// Where all are read, the count has to be theirs.
func decodeRegions(body io.Reader, keep int) (RegionList, error) {
	counted := &countingReader{from: body}
	buffered := bufio.NewReader(counted)
	head, _ := buffered.Peek(failure.MaxQuote) // an error comes back with the next read
	head = bytes.Clone(head)                   // the buffer is read on
	s := &regionStream{dec: json.NewDecoder(buffered), keep: keep, count: -1}
	s.list.Regions = []Region{}
	err := s.read()
	if err == nil && !s.enough() {
		err = s.end()
	}
	if err == nil {
		s.list.Count = int(s.count)
		return s.list, nil
	}
	if said, ok := errors.AsType[problemError](err); ok {
		return RegionList{}, said.error
	}
	if errors.Is(err, io.EOF) { // between two tokens
		err = io.ErrUnexpectedEOF
	}
	return RegionList{}, httpapi.ExplainJSON(head, counted.n, err)
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

// regionStream is a list of regions being read.
type regionStream struct {
	dec   *json.Decoder
	keep  int
	count int64 // as PD says; -1 as long as it has not
	seen  int   // regions that were read
	found bool  // the list is there
	whole bool  // and was read to its end
	list  RegionList
}

// problemError is a document that is JSON but not the right one.
type problemError struct{ error }

func wrong(format string, args ...any) error { return problemError{fmt.Errorf(format, args...)} }

// enough reports whether nothing further in the document matters.
func (s *regionStream) enough() bool {
	return s.found && !s.whole && s.count > int64(s.keep) && len(s.list.Regions) == s.keep
}

// read reads the document up to its end, or until it is enough.
func (s *regionStream) read() error {
	if err := s.open('{', "field the document: want object, got %s"); err != nil {
		return err
	}
	for s.dec.More() && !s.enough() {
		name, err := s.dec.Token()
		if err != nil {
			return err
		}
		switch name {
		case "count":
			err = s.readCount()
		case "regions":
			err = s.readRegions()
		default:
			var unknown json.RawMessage
			err = s.dec.Decode(&unknown)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *regionStream) readCount() error {
	var raw json.RawMessage
	if err := s.dec.Decode(&raw); err != nil {
		return err
	}
	n, err := strconv.ParseUint(string(raw), 10, 31)
	if err != nil {
		return wrong("count is %s, want a number of regions", failure.Line(string(raw)))
	}
	s.count = int64(n)
	return nil
}

func (s *regionStream) readRegions() error {
	if s.found {
		return wrong("regions is there twice")
	}
	s.found = true
	if err := s.open('[', "regions is %s, want array"); err != nil {
		return err
	}
	for s.dec.More() {
		if s.enough() {
			return nil
		}
		var raw json.RawMessage
		if err := s.dec.Decode(&raw); err != nil {
			return err
		}
		if s.seen < s.keep {
			region, err := decodeRegion(raw, s.seen)
			if err != nil {
				return problemError{err}
			}
			s.list.Regions = append(s.list.Regions, region)
		}
		s.seen++
	}
	s.whole = true
	_, err := s.dec.Token() // the closing bracket
	return err
}

// open reads the token that opens an object or an array.
func (s *regionStream) open(want json.Delim, format string) error {
	token, err := s.dec.Token()
	if err != nil {
		return err
	}
	if token == want {
		return nil
	}
	return wrong(format, kind(token))
}

// end reads the end of the document, and checks it as a whole.
func (s *regionStream) end() error {
	if _, err := s.dec.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return wrong("more than one JSON value in the answer")
	}
	switch {
	case s.count < 0:
		return wrong("count is missing")
	case !s.found:
		return wrong("regions is missing")
	case s.count != int64(s.seen):
		return wrong("count is %d, but there are %d regions", s.count, s.seen)
	default:
		return nil
	}
}

func kind(token json.Token) string {
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return "object"
		}
		return "array"
	case string:
		return "string"
	case float64:
		return "number"
	case bool:
		return "boolean"
	default:
		return "null"
	}
}
