package httpfault

import (
	"bytes"
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// chunkedHead is the head of an answer whose body comes in chunks.
func chunkedHead(r network.Reply) []byte {
	return bytes.Replace(r.Head(0), []byte("Content-Length: 0\r\n"), []byte("Transfer-Encoding: chunked\r\n"), 1)
}

// chunk is one chunk; an empty one would be the last, so there is none.
func chunk(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return fmt.Appendf(nil, "%x\r\n%s\r\n", len(b), b)
}
