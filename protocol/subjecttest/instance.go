package subjecttest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An Instance is one start of a subject's implementation, in this process or in
// another. A *plugin.Plugin is one.
type Instance interface {
	// Definition returns what the implementation declares. Its Open succeeds at
	// most once, as in a plugin's process; a failed one may be tried again.
	Definition() protocol.Definition
	// Close ends the instance, and closes the Subject that it opened. It may be
	// called again.
	Close() error
}

// InProcess returns a [Suite.Start] for an implementation in this process.
func InProcess(def protocol.Definition) func(context.Context) (Instance, error) {
	return func(context.Context) (Instance, error) { return &inProcess{def: def}, nil }
}

// inProcess is an implementation in this process.
type inProcess struct {
	def protocol.Definition

	mu     sync.Mutex
	closed bool
	opened []io.Closer
}

func (i *inProcess) Definition() protocol.Definition {
	def := i.def
	if def.Open != nil {
		def.Open = i.open
	}
	return def
}

// open remembers what is to be closed.
func (i *inProcess) open(ctx context.Context, config json.RawMessage) (protocol.Subject, error) {
	subject, err := i.def.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	if closer, ok := subject.(io.Closer); ok {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.closed {
			return nil, errors.Join(errors.New("the instance was closed meanwhile"), closer.Close())
		}
		i.opened = append(i.opened, closer)
	}
	return subject, nil
}

func (i *inProcess) Close() error {
	i.mu.Lock()
	opened := i.opened
	i.opened, i.closed = nil, true
	i.mu.Unlock()
	errs := make([]error, 0, len(opened))
	for _, closer := range opened {
		errs = append(errs, closer.Close())
	}
	return errors.Join(errs...)
}
