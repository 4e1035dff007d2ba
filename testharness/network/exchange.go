package network

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// maxBody is how long a body may be that is kept in memory: those of requests
// that a [Rule] answers, and of answers that it changes.
const maxBody = 128 << 20

// An Exchange is a request, and the connection to answer it on. It belongs to
// the [Rule] until its Answer has returned.
type Exchange struct {
	// Request is what was asked. Its RequestURI is the target as it was sent, and
	// its body has been read already.
	Request *http.Request

	tap  *tap
	head []byte
	body []byte // as sent, chunks and all
}

// A Reply is an answer in full.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// answer lets a rule answer a request.
func (t *tap) answer(rule Rule, request *http.Request, head []byte) bool {
	x := &Exchange{tap: t, head: head}
	if strings.EqualFold(request.Header.Get("Expect"), "100-continue") {
		if _, err := io.WriteString(t.client, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
			return false
		}
	}
	body := &bounded{}
	err := copyBody(body, t.fromClient, requestFraming(request))
	x.body = body.kept.Bytes()
	if err == nil {
		whole := io.MultiReader(bytes.NewReader(head), bytes.NewReader(x.body))
		x.Request, err = http.ReadRequest(bufio.NewReader(whole))
	}
	if err != nil {
		t.link.log.Debug("A request could not be read", slog.Any("error", err))
		t.hangUp(err)
		return false
	}
	ctx, cancel := t.link.whileRule(t.conn.ctx, rule.Name)
	defer cancel()
	switch rule.Answer(ctx, x) {
	case KeepOpen:
		return !request.Close
	case Break:
		t.hangUp(errBroken)
	default:
		t.hangUp(nil)
	}
	return false
}

// Write sends bytes to the client as they are.
func (x *Exchange) Write(b []byte) (int, error) { return x.tap.client.Write(b) }

// Forward asks the server and returns its answer, uncompressed. It may be called
// once.
func (x *Exchange) Forward() (Reply, error) {
	t := x.tap
	t.look()
	request := without(x.head, "accept-encoding", "expect")
	if _, err := t.server.Write(append(request, x.body...)); err != nil {
		return Reply{}, fmt.Errorf("ask the server: %w", err)
	}
	if err := t.heard(); err != nil {
		return Reply{}, fmt.Errorf("await the server's answer: %w", err)
	}
	for {
		answer, err := t.receive(x.Request)
		if err != nil {
			return Reply{}, fmt.Errorf("read the server's answer: %w", err)
		}
		if answer.Status >= http.StatusOK {
			return answer, nil
		}
	}
}

func (t *tap) receive(request *http.Request) (Reply, error) {
	head, err := readHead(t.fromServer)
	if err != nil {
		return Reply{}, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), request)
	if err != nil {
		return Reply{}, err
	}
	_ = answer.Body.Close() // there is none in the head
	if answer.StatusCode < http.StatusOK {
		return Reply{Status: answer.StatusCode}, nil
	}
	raw := &bounded{}
	if err := copyBody(raw, t.fromServer, answerFraming(request, answer)); err != nil {
		return Reply{}, err
	}
	answer, err = http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(head), &raw.kept)), request)
	if err != nil {
		return Reply{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return Reply{Status: answer.StatusCode, Header: answer.Header, Body: body}, err
}

// Send sends a reply in full. The framing in its header is replaced.
func (x *Exchange) Send(r Reply) error {
	_, err := x.Write(append(r.Head(int64(len(r.Body))), r.bodyFor(x.Request)...))
	return err
}

func (r Reply) bodyFor(request *http.Request) []byte {
	if request.Method == http.MethodHead {
		return nil
	}
	return r.Body
}

// Head renders status line and header, with a Content-Length of length, and the
// empty line.
func (r Reply) Head(length int64) []byte {
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Del("Transfer-Encoding")
	header.Set("Content-Length", fmt.Sprint(length))
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.Status, http.StatusText(r.Status))
	_ = header.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	return b.Bytes()
}

// without drops fields from a head.
func without(head []byte, names ...string) []byte {
	kept := make([]byte, 0, len(head))
	for line := range bytes.Lines(head) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		drop := false
		for _, n := range names {
			drop = drop || strings.EqualFold(string(name), n)
		}
		if !drop {
			kept = append(kept, line...)
		}
	}
	return kept
}

// bounded is a buffer that takes [maxBody] bytes.
type bounded struct{ kept bytes.Buffer }

// Write is part of [io.Writer].
func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > maxBody {
		return 0, errors.New("a body is longer than can be kept")
	}
	return b.kept.Write(p)
}
