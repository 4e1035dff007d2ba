package redis

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Type bytes of RESP that this package looks at.
// https://redis.io/docs/latest/develop/reference/protocol-spec/
const (
	respText   = '+'
	respError  = '-'
	respNumber = ':'
	respBulk   = '$'
	respArray  = '*'
	respPush   = '>'
	respMap    = '%'
	respSet    = '~'
	respNull   = '_'
)

const (
	maxDepth = 8
	// chunk is how much is allocated for what a header announces before any of it
	// has arrived.
	chunk = 64 << 10
)

// value is an answer of any type. A map is a list of its keys and values in
// turn; a null of either protocol has kind respNull.
type value struct {
	kind byte
	n    int64
	s    string
	list []value
}

// err is the error that the answer is, or nil.
func (v *value) err() error {
	if v.kind == respError {
		return answerError(v.s)
	}
	return nil
}

// answerError is an error answer. Having RedisError makes it one of go-redis's
// kind, for [Classify].
type answerError string

func (e answerError) Error() string { return string(e) }

// RedisError marks it as an answer.
func (answerError) RedisError() {}

// appendCommand adds a command to a pipeline, as an array of bulk strings.
func appendCommand(b []byte, args ...string) []byte {
	b = appendHeader(b, respArray, len(args))
	for _, arg := range args {
		b = appendArg(b, "", arg)
	}
	return b
}

// appendArg adds an argument that consists of a prefix and a rest.
func appendArg(b []byte, prefix, rest string) []byte {
	b = appendHeader(b, respBulk, len(prefix)+len(rest))
	b = append(b, prefix...)
	b = append(b, rest...)
	return append(b, '\r', '\n')
}

func appendHeader(b []byte, kind byte, n int) []byte {
	b = append(b, kind)
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, '\r', '\n')
}

// decoder reads answers of RESP2 and RESP3. What it allocates between two resets
// is bounded as [guard] bounds it.
type decoder struct {
	from     io.Reader
	buffered *bufio.Reader
	bytes    int64
	elements int64
}

func newDecoder(from io.Reader) *decoder {
	d := &decoder{from: from}
	d.buffered = bufio.NewReaderSize(readerFunc(d.read), maxHeaderBytes)
	return d
}

func (d *decoder) reset() { d.bytes, d.elements = 0, 0 }

func (d *decoder) read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	if d.bytes += int64(n); d.bytes > maxAnswerBytes {
		return 0, &tooLargeError{fmt.Sprintf("the answer is over %d bytes", maxAnswerBytes)}
	}
	return n, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// next reads one answer.
func (d *decoder) next(into *value) error { return d.decode(into, 0) }

func (d *decoder) decode(into *value, depth int) error {
	line, err := d.buffered.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return &tooLargeError{fmt.Sprintf("a line of the answer is over %d bytes", maxHeaderBytes)}
	}
	if err != nil {
		return err
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		return errors.New("an answer without a type")
	}
	*into = value{kind: line[0]}
	switch rest := line[1:]; into.kind {
	case respText, respError:
		into.s = string(rest)
		return nil
	case respNumber:
		into.n, err = parseNumber(rest)
		return err
	case respBulk, '=', '!':
		return d.bulk(rest, into)
	case respArray, respPush, respSet:
		return d.items(rest, 1, into, depth)
	case respMap:
		return d.items(rest, 2, into, depth)
	case respNull, '#', ',', '(':
		into.s = string(rest)
		return nil
	default:
		return fmt.Errorf("an answer of the unknown type %q", into.kind)
	}
}

func (d *decoder) bulk(header []byte, into *value) error {
	n, err := parseNumber(header)
	switch {
	case err != nil:
		return err
	case n < 0:
		into.kind = respNull
		return nil
	case n > maxAnswerBytes:
		return &tooLargeError{fmt.Sprintf("the answer announces a string of over %d bytes", maxAnswerBytes)}
	case n <= chunk:
		b := make([]byte, n)
		if _, err := io.ReadFull(d.buffered, b); err != nil {
			return err
		}
		into.s = string(b)
	default:
		var b bytes.Buffer
		if _, err := io.CopyN(&b, d.buffered, n); err != nil {
			return err
		}
		into.s = b.String()
	}
	if into.kind == '!' {
		into.kind = respError
	}
	_, err = d.buffered.Discard(len("\r\n"))
	return err
}

func (d *decoder) items(header []byte, per int64, into *value, depth int) error {
	n, err := parseNumber(header)
	switch {
	case err != nil:
		return err
	case n < 0:
		into.kind = respNull
		return nil
	case n > maxAnswerElements || d.elements+n*per > maxAnswerElements:
		return &tooLargeError{fmt.Sprintf("the answer announces over %d elements", maxAnswerElements)}
	case depth == maxDepth:
		return &tooLargeError{fmt.Sprintf("the answer is over %d lists deep", maxDepth)}
	}
	n *= per
	d.elements += n
	into.list = make([]value, 0, min(n, 512))
	for range n {
		var v value
		if err := d.decode(&v, depth+1); err != nil {
			return err
		}
		into.list = append(into.list, v)
	}
	return nil
}

func parseNumber(b []byte) (int64, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("an answer with a number that is none: %.40q", b)
	}
	return n, nil
}
