package network

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Operator is the name of the side that the subject is on: the links from it are
// those through which the subject looks.
const Operator = "operator"

// A Net is the links of one stack. It is safe for concurrent use.
type Net struct {
	log    *slog.Logger
	server *toxiproxy.ApiServer

	mu     sync.Mutex // guards what follows
	links  []*Link
	block  *block // nil before the first link
	closed bool
}

// ErrClosed is returned by the methods of a closed [Net] and of its links.
var ErrClosed = errors.New("the network is closed")

// New makes a network without links, which the caller must Close. What the links
// do is logged at debug level; nil logs nothing.
func New(log *slog.Logger) (*Net, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	// Some toxics write to this package-wide logger, which would be our standard
	// error. Nothing else here uses it.
	zerolog.SetGlobalLevel(zerolog.Disabled)
	// A toxic belongs to a proxy, and a proxy to a server, of which only the
	// switches for metrics are looked at: it is never started.
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	return &Net{log: log, server: server}, nil
}

// TCP makes a link whose bytes are nobody's business. from and to are names of
// parts, and upstream is the server's address, host:port; while it is empty the
// link refuses connections. ctx bounds the search for a free address only.
func (n *Net) TCP(ctx context.Context, from, to, upstream string) (*Link, error) {
	return n.link(ctx, from, to, upstream, false)
}

// HTTP makes a link that understands HTTP/1.1, so that answers on it can be
// replaced ([Link.Answer]). Until then requests and answers pass byte for byte,
// and each connection of a client is one connection to the server.
func (n *Net) HTTP(ctx context.Context, from, to, upstream string) (*Link, error) {
	return n.link(ctx, from, to, upstream, true)
}

func (n *Net) link(ctx context.Context, from, to, upstream string, http bool) (*Link, error) {
	if err := validName("from", from); err != nil {
		return nil, err
	}
	if err := validName("to", to); err != nil {
		return nil, err
	}
	if err := validUpstream(upstream); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	name := from + arrow + to
	switch {
	case n.closed:
		return nil, fmt.Errorf("link %s: %w", name, ErrClosed)
	case slices.ContainsFunc(n.links, func(l *Link) bool { return l.Name() == name }):
		return nil, fmt.Errorf("link %s: there is one already", name)
	}
	if n.block == nil {
		claimed, err := claimBlock(ctx)
		if err != nil {
			return nil, fmt.Errorf("link %s: %w", name, err)
		}
		n.block = claimed
	}
	listener, err := n.block.listen(ctx)
	if err != nil {
		return nil, fmt.Errorf("link %s: %w", name, err)
	}
	l := newLink(n, from, to, upstream, http, listener)
	n.links = append(n.links, l)
	return l, nil
}

// Links are the links in the order of their making.
func (n *Net) Links() []*Link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.links)
}

// Close cuts all connections and gives the addresses back. When it returns,
// everything that the links had started has ended. Further calls do nothing.
func (n *Net) Close() error {
	n.mu.Lock()
	n.closed = true
	links, claimed := slices.Clone(n.links), n.block
	n.block = nil
	n.mu.Unlock()
	failed := make([]error, len(links), len(links)+1)
	var closing sync.WaitGroup
	for i, l := range links {
		closing.Go(func() { failed[i] = l.close() })
	}
	closing.Wait()
	if claimed != nil {
		failed = append(failed, claimed.close())
	}
	return errors.Join(failed...)
}
