package network

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
)

// A tap sits on one connection of a link that understands HTTP, between the
// toxics and the server: what it says in the server's place is delayed and
// throttled like the server's own words.
type tap struct {
	link *Link
	conn *conn

	pipe       *pipe // the link's end
	client     net.Conn
	server     net.Conn
	fromClient *bufio.Reader
	fromServer *bufio.Reader

	spoken chan error // of the look at the server that is under way; else nil
	work   sync.WaitGroup
}

// tap starts a tap between a client's connection and the server's, and returns
// what takes the server's place.
func (l *Link) tap(c *conn, server net.Conn) half {
	theirs, ours := net.Pipe()
	t := &tap{
		link: l, conn: c, pipe: &pipe{Conn: theirs}, client: ours, server: server,
		fromClient: bufio.NewReader(ours), fromServer: bufio.NewReader(server),
	}
	l.work.Go(t.run)
	return t.pipe
}

func (t *tap) run() {
	stop := context.AfterFunc(t.conn.ctx, t.close)
	defer t.work.Wait()
	defer t.close()
	defer stop()
	for t.exchange() {
		continue
	}
}

func (t *tap) close() {
	_ = t.client.Close()
	_ = t.server.Close()
}

// hangUp ends the connection to the client, brutally where the reason is not
// that somebody else has ended in good order.
func (t *tap) hangUp(reason error) {
	if reason != nil && !errors.Is(reason, io.EOF) {
		t.pipe.broken.Store(true)
	}
	t.close()
}

// look notices what the server does unasked: usually it ends an idle connection.
func (t *tap) look() {
	if t.spoken != nil {
		return
	}
	spoken := make(chan error, 1)
	t.spoken = spoken
	t.work.Go(func() {
		_, err := t.fromServer.Peek(1)
		spoken <- err
		if err != nil {
			t.hangUp(err)
		}
	})
}

// heard waits for the server to speak; from then on fromServer may be read.
func (t *tap) heard() error {
	if t.spoken == nil {
		return nil
	}
	err := <-t.spoken
	t.spoken = nil
	return err
}

// exchange handles one request and tells whether another may follow.
func (t *tap) exchange() bool {
	t.look()
	head, err := readHead(t.fromClient)
	if err != nil {
		return false
	}
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if err != nil {
		return t.splice(head)
	}
	if rule, ok := t.link.rule(request.RequestURI); ok {
		return t.answer(rule, request, head)
	}
	return t.forward(request, head)
}

// forward lets a request and its answer pass byte for byte.
func (t *tap) forward(request *http.Request, head []byte) bool {
	var sent error
	var sending sync.WaitGroup
	sending.Go(func() {
		if _, sent = t.server.Write(head); sent == nil {
			sent = copyBody(t.server, t.fromClient, requestFraming(request))
		}
	})
	again, err := t.relay(request)
	if err != nil {
		t.hangUp(err)
	}
	sending.Wait()
	return again && err == nil && sent == nil
}

// relay lets one answer pass, and tells whether another may follow.
func (t *tap) relay(request *http.Request) (again bool, err error) {
	if err := t.heard(); err != nil {
		return false, err
	}
	for {
		head, err := readHead(t.fromServer)
		if _, failed := t.client.Write(head); failed != nil || err != nil {
			return false, errors.Join(err, failed)
		}
		answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), request)
		if err != nil {
			_, err := io.Copy(t.client, t.fromServer)
			return false, err
		}
		_ = answer.Body.Close() // there is none in the head
		switch {
		case answer.StatusCode == http.StatusSwitchingProtocols:
			return t.splice(nil), nil
		case answer.StatusCode < http.StatusOK:
			continue // the answer proper comes after it
		}
		framing := answerFraming(request, answer)
		return framing.length != untilClose, copyBody(t.client, t.fromServer, framing)
	}
}

// splice gives up on understanding: from here on it is a connection like any
// other.
func (t *tap) splice(head []byte) bool {
	if _, err := t.server.Write(head); err != nil {
		t.hangUp(err)
		return false
	}
	var sending sync.WaitGroup
	sending.Go(func() {
		_, _ = io.Copy(t.server, t.fromClient)
		_ = t.server.Close()
	})
	err := t.heard()
	if err == nil {
		_, err = io.Copy(t.client, t.fromServer)
	}
	t.hangUp(err)
	sending.Wait()
	return false
}
