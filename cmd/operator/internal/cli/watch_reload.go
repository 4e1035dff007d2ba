package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// watching is what the watches of one command share.
type watching struct {
	show    func([]host.Event) error
	signals map[string]chan struct{} // to reload, by subject
}

// listen passes the signals that ask for a reload on to each watch. The function
// that it returns ends that.
func (w *watching) listen() (stop func()) {
	if len(reloadSignals()) == 0 { // else all of them would be meant
		return func() {}
	}
	signals, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, reloadSignals()...)
	var listening sync.WaitGroup
	listening.Go(func() {
		for {
			select {
			case <-signals:
			case <-ended:
				return
			}
			for _, subject := range w.signals {
				select {
				case subject <- struct{}{}:
				default: // it will reload anyway
				}
			}
		}
	})
	return func() {
		signal.Stop(signals)
		close(ended)
		listening.Wait()
	}
}

// reloadOn reloads a subject at each signal, until ctx ends.
func (a *app) reloadOn(ctx context.Context, signals <-chan struct{}, subject *host.Subject, show func([]host.Event) error) {
	for {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		if err := a.reload(ctx, subject, show); err != nil {
			return // there is no output any more
		}
	}
}

// reload reads the configuration and its lock file anew and reloads a subject.
// What comes of that, the subject's watch tells, except of a configuration that
// cannot be read.
func (a *app) reload(ctx context.Context, subject *host.Subject, show func([]host.Event) error) error {
	config, err := a.readConfig()
	var entry host.Entry
	if err == nil {
		entry, err = config.Entry(subject.Name())
	}
	if err == nil {
		_ = subject.Reload(ctx, a.override(entry))
		return nil
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		e = &protocol.Error{Code: protocol.InvalidArgument, Message: err.Error()}
	}
	return show([]host.Event{{
		Time: time.Now().UTC(), Subject: subject.Name(), Type: host.EventSwapRefused,
		Message: "reload: " + err.Error(), Error: e,
	}})
}
