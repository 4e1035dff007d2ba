package network

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxHead is how long the head of a request or answer may be: a key of a
// megabyte, escaped, is three in the request's first line.
const maxHead = 16 << 20

// readHead reads a head as it is, the empty line included (RFC 9112, section
// 2.1). What was read before an error is returned with it.
func readHead(from *bufio.Reader) ([]byte, error) {
	var head []byte
	for {
		line, err := from.ReadSlice('\n')
		head = append(head, line...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil:
			return head, err
		case len(head) > len(line) && len(bytes.TrimRight(line, "\r\n")) == 0 && head[len(head)-len(line)-1] == '\n':
			return head, nil
		}
		if len(head) > maxHead {
			return head, fmt.Errorf("the head is longer than %d bytes", maxHead)
		}
	}
}

// untilClose is the length of a body that ends with its connection.
const untilClose = -1

// A framing tells where a body ends (RFC 9112, section 6).
type framing struct {
	chunked bool
	length  int64
}

func requestFraming(r *http.Request) framing {
	return framing{chunked: isChunked(r.TransferEncoding), length: max(0, r.ContentLength)}
}

func answerFraming(request *http.Request, r *http.Response) framing {
	if request.Method == http.MethodHead || r.StatusCode == http.StatusNoContent || r.StatusCode == http.StatusNotModified {
		return framing{}
	}
	return framing{chunked: isChunked(r.TransferEncoding), length: r.ContentLength}
}

func isChunked(encodings []string) bool { return slices.Contains(encodings, "chunked") }

// copyBody copies a body as it is.
func copyBody(to io.Writer, from *bufio.Reader, f framing) error {
	var err error
	switch {
	case f.chunked:
		err = copyChunks(to, from)
	case f.length == untilClose:
		_, err = io.Copy(to, from)
	default:
		_, err = io.CopyN(to, from, f.length)
	}
	return err
}

// copyChunks copies chunks, trailer and final empty line (RFC 9112, section 7.1).
func copyChunks(to io.Writer, from *bufio.Reader) error {
	for {
		line, err := copyLine(to, from)
		if err != nil {
			return err
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseInt(strings.TrimSpace(digits), 16, 64)
		if err != nil || size < 0 {
			return fmt.Errorf("a chunk's size is %.20q", digits)
		}
		if size == 0 {
			return copyTrailer(to, from)
		}
		if _, err := io.CopyN(to, from, size); err != nil {
			return err
		}
		if _, err := copyLine(to, from); err != nil {
			return err
		}
	}
}

func copyTrailer(to io.Writer, from *bufio.Reader) error {
	for {
		line, err := copyLine(to, from)
		if err != nil || line == "" {
			return err
		}
	}
}

// copyLine copies a line and returns it without its end. Lines are short; one
// that is not is an error.
func copyLine(to io.Writer, from *bufio.Reader) (string, error) {
	line, err := from.ReadSlice('\n')
	if _, failed := to.Write(line); failed != nil {
		return "", failed
	}
	return strings.TrimRight(string(line), "\r\n"), err
}
