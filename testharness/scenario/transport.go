package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An opened subject is one that is reached over a transport. close releases
// everything of it and may be called once.
type opened struct {
	subject protocol.Subject
	plugin  *pluginPart // nil where there is no process
	close   func() error
}

// open opens the subject over a transport. pluginPath is for the transport
// Binary.
func open(ctx context.Context, t Transport, def protocol.Definition, config json.RawMessage, pluginPath func() (string, error)) (*opened, error) {
	switch t {
	case InProcess:
		s, err := def.Open(ctx, config)
		if err != nil {
			return nil, err
		}
		return &opened{subject: s, close: func() error { return closeSubject(s) }}, nil
	case InMemory:
		return openInMemory(ctx, def, config)
	case Binary:
		path, err := pluginPath()
		if err != nil {
			return nil, err
		}
		return openBinary(ctx, path, config)
	default:
		return nil, fmt.Errorf("there is no transport %q", t)
	}
}

func closeSubject(s protocol.Subject) error {
	if c, ok := s.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func openInMemory(ctx context.Context, def protocol.Definition, config json.RawMessage) (*opened, error) {
	p, err := plugin.LaunchInMemory(ctx, def)
	if err != nil {
		return nil, err
	}
	s, err := p.Definition().Open(ctx, config)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return &opened{subject: s, close: p.Close}, nil
}

// Crashes of the plugin are made on purpose here: none is one too many, and the
// next process is there soon.
const (
	crashes    = 100_000
	maxBackoff = time.Second
)

func openBinary(ctx context.Context, path string, config json.RawMessage) (*opened, error) {
	log := newTail(maxPluginLog)
	s, err := supervisor.Start(ctx, supervisor.Options{
		Spec: supervisor.Spec{
			Options: plugin.Options{Path: path, Logger: slog.New(slog.NewTextHandler(log, nil))},
			Config:  config,
			Budget:  supervisor.Budget{Max: crashes},
		},
		Backoff: supervisor.Backoff{Max: maxBackoff},
		Logger:  slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		return nil, err
	}
	return &opened{subject: s, plugin: newPluginPart(s, log), close: s.Close}, nil
}

// findBinary returns the path of a program that lies beside this one or in PATH.
func findBinary(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), name)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("no %s beside this program or in PATH: run `make build`: %w", name, err)
	}
	return path, nil
}
