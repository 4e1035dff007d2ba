package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/supervisor"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The bounds of loading: of starting the plugin, generous because a machine may
// be busy, and of opening the subject, which contacts nothing.
const (
	startTimeout = 20 * time.Second
	openTimeout  = 10 * time.Second
)

// spec is how the entry's plugin is started. It refuses one that nobody has
// vouched for, and says loudly that one is started all the same.
func (e Entry) spec(logger *slog.Logger) (supervisor.Spec, error) {
	if err := e.CheckTrust(); err != nil {
		return supervisor.Spec{}, err
	}
	sum := e.SHA256
	switch {
	case e.Insecure && sum != "":
		logger.Warn("insecure: the plugin is started whatever its binary is, and its checksum is not checked", "plugin", e.Plugin)
		sum = ""
	case e.Insecure:
		logger.Warn("insecure: the plugin is started whatever its binary is", "plugin", e.Plugin)
	}
	timeout := e.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return supervisor.Spec{
		Options: plugin.Options{
			Path:         e.Plugin,
			Args:         e.Args,
			Env:          e.Env,
			Logger:       logger,
			StartTimeout: startTimeout,
			SHA256:       sum,
			DisableMTLS:  e.DisableMTLS,
			MaxMessage:   e.MaxMessage,
			Limits:       e.Limits,
		},
		Config:  e.Config,
		Budget:  supervisor.Budget{Max: e.Restarts.Max, Within: e.Restarts.Within},
		Timeout: timeout,
		Explain: e.explain,
	}, nil
}

// loggerOf is what an entry's plugin is logged to.
func loggerOf(e Entry, logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return logger.With("subject", e.Name)
}

// explain relates an error to the entry's file, if it has one.
func (e Entry) explain(err error) error {
	if e.origin == nil {
		return err
	}
	return e.origin.explain(err)
}

// loadError is the error of loading an entry. One about the configuration says
// where it is itself.
func loadError(e Entry, err error) error {
	if located, ok := errors.AsType[*ConfigError](err); ok {
		return located
	}
	return fmt.Errorf("load %s: %w", e.Name, err)
}

// Describe starts an entry's plugin, asks what it declares, and ends it. The
// definition is the one in force where the entry's configuration can be opened,
// else what holds without a configuration, and openErr then says what is wrong
// with it. The definition's Open is nil. An entry that [Load] would refuse to
// start is not started for this either.
func Describe(ctx context.Context, entry Entry, logger *slog.Logger) (def protocol.Definition, openErr, err error) {
	if entry.Err != nil {
		return protocol.Definition{}, nil, entry.Err
	}
	spec, err := entry.spec(loggerOf(entry, logger))
	if err != nil {
		return protocol.Definition{}, nil, loadError(entry, err)
	}
	p, err := plugin.Launch(ctx, spec.Options)
	if err != nil {
		return protocol.Definition{}, nil, loadError(entry, entry.explain(err))
	}
	def, openErr = p.Definition(), entry.ConfigErr
	if openErr == nil {
		var inner protocol.Subject
		if inner, openErr = open(ctx, p, entry); openErr == nil {
			def = protocol.DefinitionOf(inner, def)
		}
	}
	def.Open = nil
	return def, openErr, p.Close()
}

func open(ctx context.Context, p *plugin.Plugin, entry Entry) (protocol.Subject, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	config := entry.Config
	if len(config) == 0 {
		config = json.RawMessage(`{}`)
	}
	inner, err := p.Definition().Open(ctx, config)
	if err != nil {
		return nil, loadError(entry, entry.explain(err))
	}
	return inner, nil
}
