//go:build linux

package faulty_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The frames of HTTP/2 that are sent, and their flags (RFC 9113, section 6).
const (
	frameData         = 0x0
	frameHeaders      = 0x1
	frameSettings     = 0x4
	framePing         = 0x6
	frameGoAway       = 0x7
	frameContinuation = 0x9

	flagAck        = 0x1
	flagEndStream  = 0x1
	flagEndHeaders = 0x4
)

// maxFrame is the largest frame that needs no agreement.
const maxFrame = 16 << 10

// An h2 is a connection on which frames are sent as they are.
type h2 struct{ net.Conn }

func (c h2) send(kind, flags byte, stream uint32, payload []byte) error {
	frame := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	frame = append(binary.BigEndian.AppendUint32(frame, stream), payload...)
	_, err := c.Write(frame)
	return err
}

// answered is the beginning of every answer: its status and its content type.
func (c h2) answer(stream uint32) error {
	const typeName, typeValue = "content-type", "application/grpc"
	block := []byte{0x88} // :status 200, of the static table
	block = append(block, literal(typeName, typeValue)...)
	return c.send(frameHeaders, flagEndHeaders, stream, block)
}

// literal is a header that no table has (RFC 7541, section 6.2.2).
func literal(name, value string) []byte {
	block := append([]byte{0, byte(len(name))}, name...)
	if len(value) < 127 {
		return append(append(block, byte(len(value))), value...)
	}
	return append(binary.AppendUvarint(append(block, 127), uint64(len(value)-127)), value...)
}

// manyHeaders sends a block of headers of that size, in as many frames as it
// takes.
func (c h2) manyHeaders(stream uint32, flags byte, size int) error {
	block := make([]byte, 0, maxFrame)
	for value := string(make([]byte, 100)); len(block)+200 < maxFrame; {
		block = append(block, literal("x-water", value)...)
	}
	if err := c.send(frameHeaders, flags, stream, block); err != nil {
		return err
	}
	for sent := len(block); sent < size; sent += len(block) {
		if err := c.send(frameContinuation, 0, stream, block); err != nil {
			return err
		}
	}
	return c.send(frameContinuation, flagEndHeaders, stream, nil)
}

// onFrames makes a plugin that sends frames: connected on each connection, and
// called on each call.
func onFrames(connected func(h2) error, called func(h2, uint32) error) func() int {
	return func() int {
		listener, err := handshake()
		if err != nil {
			return fail(err)
		}
		go func() {
			_, _ = io.Copy(io.Discard, os.NewFile(3, "lifeline"))
			os.Exit(0)
		}()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return fail(err)
			}
			go func() { _ = serveFrames(h2{conn}, connected, called) }()
		}
	}
}

func serveFrames(c h2, connected func(h2) error, called func(h2, uint32) error) error {
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(c, preface); err != nil {
		return err
	}
	if err := errors.Join(c.send(frameSettings, 0, 0, nil), c.send(frameSettings, flagAck, 0, nil)); err != nil {
		return err
	}
	if connected != nil {
		go func() { _ = connected(c) }()
	}
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(c, head); err != nil {
			return err
		}
		size := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
		if _, err := io.CopyN(io.Discard, c, size); err != nil {
			return err
		}
		if head[3] == frameHeaders && called != nil {
			go func(stream uint32) { _ = called(c, stream) }(binary.BigEndian.Uint32(head[5:]))
		}
	}
}

// again sends the same without end.
func again(kind, flags byte, payload []byte) func(h2) error {
	return func(c h2) error {
		for {
			if err := c.send(kind, flags, 0, payload); err != nil {
				return err
			}
		}
	}
}

// floodFaults are what HTTP/2 allows, and more of it than anybody needs. They
// come with the first call, so that such a plugin does not start.
func floodFaults() map[string]fault {
	goAway := []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0} // any call may still be answered; no error
	flood := func(reason string, code protocol.Code, run func() int) fault {
		return fault{reason: reason, plain: true, loud: true, start: 3 * time.Second, run: run, code: code}
	}
	const tooMuch = 64 << 20
	return map[string]fault{
		"pings": flood("Each has to be answered.", protocol.DeadlineExceeded, onFrames(again(framePing, 0, make([]byte, 8)), nil)),
		"settings": flood("Each has to be acknowledged.", protocol.DeadlineExceeded,
			onFrames(again(frameSettings, 0, []byte{0, 4, 0, 1, 0, 0}), nil)),
		"go_aways": flood("Each says that the connection is about to end.", protocol.DeadlineExceeded, onFrames(again(frameGoAway, 0, goAway), nil)),
		"go_away_and_close": flood("Each connection ends at once.", protocol.Unavailable, onFrames(func(c h2) error {
			return errors.Join(c.send(frameGoAway, 0, 0, goAway), c.Close())
		}, nil)),
		"headers": flood("The headers of an answer have no end.", protocol.Unavailable, onFrames(nil, func(c h2, stream uint32) error {
			return c.manyHeaders(stream, 0, tooMuch)
		})),
		"trailers": flood("Nor have its trailers.", protocol.Unavailable, onFrames(nil, func(c h2, stream uint32) error {
			return errors.Join(c.answer(stream), c.manyHeaders(stream, flagEndStream, tooMuch))
		})),
		"data": flood("More data than there is room for.", protocol.Internal, onFrames(nil, func(c h2, stream uint32) error {
			err := c.answer(stream)
			for err == nil {
				err = c.send(frameData, 0, stream, make([]byte, maxFrame))
			}
			return err
		})),
		"length_claimed": flood("A message that never comes.", protocol.DeadlineExceeded, onFrames(nil, func(c h2, stream uint32) error {
			prefix := binary.BigEndian.AppendUint32([]byte{0}, plugin.MaxMessageBytes-1)
			return errors.Join(c.answer(stream), c.send(frameData, 0, stream, prefix))
		})),
	}
}
