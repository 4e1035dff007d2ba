package redis_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"time"
)

// talkBound is how long one connection of a [talker] may take for all it does.
const talkBound = 10 * time.Minute

// talker speaks to a server in plain RESP2, and knows nothing of the package under
// test: what it reads can be held against what that one does. It stops its
// benchmark where anything is not as it should be.
type talker struct {
	tb   testing.TB
	conn net.Conn
	in   *bufio.Reader
	out  *bufio.Writer
}

// talk connects to a server; it is closed with the benchmark.
func talk(tb testing.TB, at place) *talker {
	tb.Helper()
	t, err := dialPlain(tb.Context(), at)
	if err != nil {
		tb.Fatal(err)
	}
	t.tb = tb
	tb.Cleanup(func() { _ = t.conn.Close() })
	return t
}

func dialPlain(ctx context.Context, at place) (*talker, error) {
	conn, err := new(net.Dialer).DialContext(ctx, at.network, at.address)
	if err != nil {
		return nil, err
	}
	t := &talker{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), out: bufio.NewWriterSize(conn, 64<<10)}
	if err := conn.SetDeadline(time.Now().Add(talkBound)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return t, nil
}

// put adds a command to what will be sent.
func (t *talker) put(args ...string) {
	var number [20]byte
	head := func(kind byte, n int) {
		_ = t.out.WriteByte(kind) // a failure is kept, and told by Flush
		_, _ = t.out.Write(strconv.AppendInt(number[:0], int64(n), 10))
		_, _ = t.out.WriteString("\r\n")
	}
	head('*', len(args))
	for _, arg := range args {
		head('$', len(arg))
		_, _ = t.out.WriteString(arg)
		_, _ = t.out.WriteString("\r\n")
	}
}

// told is an answer: a number, a text, or a list of answers.
type told struct {
	n    int64
	text string
	list []told
}

// ask takes the next answer; what was put is sent first.
func (t *talker) ask() told {
	answer, err := t.get()
	if err != nil {
		t.tb.Fatalf("a plain read: %v", err)
	}
	return answer
}

func (t *talker) get() (answer told, err error) {
	if t.out.Buffered() > 0 {
		if err := t.out.Flush(); err != nil {
			return told{}, err
		}
	}
	line, err := t.in.ReadString('\n')
	if err != nil {
		return told{}, err
	}
	if len(line) < 4 && line != "+\r\n" {
		return told{}, fmt.Errorf("not an answer: %q", line)
	}
	kind, rest := line[0], line[1:len(line)-2]
	switch kind {
	case '+':
		return told{text: rest}, nil
	case ':', '$', '*':
	default:
		return told{}, errors.New(line)
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || kind == ':' || n < 0 {
		return told{n: n}, err
	}
	if kind == '$' {
		text := make([]byte, n+2)
		_, err := io.ReadFull(t.in, text)
		return told{text: string(text[:n])}, err
	}
	list := make([]told, n)
	for i := range list {
		if list[i], err = t.get(); err != nil {
			return told{}, err
		}
	}
	return told{list: list}, nil
}
