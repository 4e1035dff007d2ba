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

// Each is [Decode] for an object that holds one long list, read as it comes: it
// hands the objects of the array that must be in the field list to read, one
// after the other, with those of their fields that have one of the names, and
// holds no more of the document than the one that is being read. The item is
// read's until it returns.
//
// It is as strict as [Decode], and in one thing stricter: a name that is there
// twice is an error. What was there first has been handed on, so the last can no
// longer count. After an error whatever read has made of the items before it is
// of no worth.
func Each(body io.Reader, list string, names []string, read func(*Item)) error {
	counted := &countingReader{from: body}
	buffered := bufio.NewReader(counted)
	head, _ := buffered.Peek(failure.MaxQuote) // an error comes back with the next read
	head = bytes.Clone(head)                   // the buffer is read on
	e := each{
		dec: json.NewDecoder(buffered), read: read,
		item: Item{list: list, names: names, values: make([][]byte, len(names))},
	}
	e.dec.UseNumber() // an error shows one as it is
	err := e.document(head)
	if err == nil || e.wrong {
		return err
	}
	if errors.Is(err, io.EOF) { // between two tokens
		err = io.ErrUnexpectedEOF
	}
	return httpapi.ExplainJSON(head, counted.n, err)
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

// each is a document being read.
type each struct {
	dec   *json.Decoder
	read  func(*Item)
	raw   json.RawMessage // the last value that was read, in memory that the next has too
	item  Item
	found bool // the list is there
	wrong bool // the error is of a document that is JSON but not the right one
}

// fail makes the error of a document that is JSON but not the right one.
func (e *each) fail(format string, args ...any) error {
	e.wrong = true
	return fmt.Errorf(format, args...)
}

// document reads all of it. An error that is not fail's is of the JSON, or of
// who sends it.
func (e *each) document(head []byte) error {
	token, err := e.dec.Token()
	switch {
	case err != nil:
		return err
	case token == nil:
		return e.fail("%s is missing", e.item.list)
	case token != json.Delim('{'):
		return e.fail("field the document: want object, got %s", kindOfToken(token))
	}
	for e.dec.More() {
		name, err := e.dec.Token()
		if err == nil && name == json.Token(e.item.list) {
			err = e.list()
		} else if err == nil {
			err = e.dec.Decode(&e.raw)
		}
		if err != nil {
			return err
		}
	}
	if _, err := e.dec.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := e.dec.Token(); !errors.Is(err, io.EOF) {
		return e.fail("more than one JSON value in the answer: %s", failure.Quote(string(head)))
	}
	if !e.found {
		return e.fail("%s is missing", e.item.list)
	}
	return nil
}

// list reads the list, up to its first problem.
func (e *each) list() error {
	if e.found {
		return e.fail("%s is there twice", e.item.list)
	}
	e.found = true
	token, err := e.dec.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return e.fail("%s is %s, want array", e.item.list, kindOfToken(token))
	}
	for ; e.dec.More(); e.item.index++ {
		if err := e.dec.Decode(&e.raw); err != nil {
			return err
		}
		e.item.take(e.raw)
		if e.item.problem == nil {
			e.read(&e.item)
		}
		if e.item.problem != nil {
			e.wrong = true
			return e.item.problem
		}
	}
	_, err = e.dec.Token() // the closing bracket
	return err
}
