package httpfault

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

const (
	defaultHuge = 100 << 20
	maxHuge     = 1 << 40
	piece       = 64 << 10
)

type hugeParams struct {
	where
	Bytes int64 `json:"bytes"`
}

func (p *hugeParams) check() error {
	if p.Bytes < 1 || p.Bytes > maxHuge {
		return fmt.Errorf("with.bytes: %d: want 1 to %d", p.Bytes, int64(maxHuge))
	}
	return p.where.check()
}

func hugeKind() stack.Kind {
	return kind("http_huge",
		"Answers every request with one very long JSON string, whose length is not announced; the server is not asked.",
		schema(fmt.Sprintf(`"bytes": {"description": "How long it is.", "type": "integer", "minimum": 1, "maximum": %d, "default": %d}`, int64(maxHuge), defaultHuge)),
		func() *hugeParams { return &hugeParams{Bytes: defaultHuge} },
		func(p *hugeParams) kit.Answer {
			return func(ctx context.Context, x *network.Exchange) network.After { return huge(ctx, x, p.Bytes) }
		})
}

// huge sends a document of so many bytes, unless ctx ends before.
func huge(ctx context.Context, x *network.Exchange, size int64) network.After {
	header := http.Header{"Content-Type": {"application/json"}}
	if _, err := x.Write(chunkedHead(network.Reply{Status: http.StatusOK, Header: header})); err != nil {
		return network.HangUp
	}
	document := bytes.Repeat([]byte("x"), piece)
	document[0] = '"'
	for left := size; left > 0; left -= piece {
		if left <= piece {
			document = document[:left]
			document[left-1] = '"'
		}
		if _, err := x.Write(chunk(document)); err != nil || ctx.Err() != nil {
			return network.HangUp
		}
		document[0] = 'x'
	}
	_, err := x.Write([]byte("0\r\n\r\n"))
	return kit.Sent(err)
}
