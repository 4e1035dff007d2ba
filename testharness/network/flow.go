package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
)

const (
	// stallGrace is how long a reader may keep a toxic from being added or
	// removed: Toxiproxy can change a chain only while its bytes move.
	stallGrace = time.Second
	// changeBound is how long it may take in all. Toxiproxy itself waits up to
	// five seconds for each piece that was under way.
	changeBound = 15 * time.Second
)

func (l *Link) addFlows(ctx context.Context, t Toxic) error {
	for _, f := range t.flows() {
		encoded, err := f.encode()
		if err != nil {
			return err
		}
		if err := l.reflow(ctx, func(context.Context) error {
			_, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(encoded))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func (l *Link) removeFlows(ctx context.Context, t Toxic) error {
	var failed []error
	for _, f := range t.flows() {
		err := l.reflow(ctx, func(ctx context.Context) error { return l.proxy.Toxics.RemoveToxic(ctx, f.Name) })
		if !errors.Is(err, toxiproxy.ErrToxicNotFound) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (l *Link) resetFlows() error {
	return l.reflow(context.Background(), func(ctx context.Context) error {
		l.proxy.Toxics.ResetToxics(ctx)
		return nil
	})
}

// reflow runs a change of Toxiproxy's chains, which no context can end. Should
// readers that do not read keep it waiting, their connections are broken. The
// change goes on even where ctx ends first: half a change helps nobody.
func (l *Link) reflow(ctx context.Context, change func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	done := make(chan error, 1)
	l.work.Go(func() { done <- change(ctx) })
	grace := time.NewTicker(stallGrace)
	defer grace.Stop()
	late := time.NewTimer(changeBound)
	defer late.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-grace.C:
			l.breakStalled()
		case <-late.C:
			return fmt.Errorf("the connections did not take the change within %s", changeBound)
		}
	}
}

// breakStalled breaks the connections whose reader does not read.
func (l *Link) breakStalled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		if c.stalled() {
			l.log.Warn("A connection whose reader does not read was broken, so that a toxic could be changed")
			c.end(true)
		}
	}
}
