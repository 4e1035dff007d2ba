package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/usage"
)

// A hostPart is `operator watch`, on its own plugin of the same subject.
type hostPart struct {
	*process.Process
	out    *hostOutput
	dir    *scratch.Dir
	orphan func(left []string) // is told what a killed host has left behind
}

var _ stack.Starter = (*hostPart)(nil)

// The bounds of the host's start and of its end.
const (
	hostStartBound = 60 * time.Second
	hostEndBound   = 10 * time.Second
	// orphanBound is how long a killed host's plugin may take to be gone. It
	// takes half a second by its own promise.
	orphanBound = 10 * time.Second
)

// startHost writes a configuration and starts a host that watches by it. heard
// is told of each event.
func startHost(ctx context.Context, operator, plugin, name string, config json.RawMessage, interval, timeout time.Duration, heard func(json.RawMessage), orphan func([]string)) (h *hostPart, err error) {
	ctx, cancel := context.WithTimeout(ctx, hostStartBound)
	defer cancel()
	dir, err := scratch.New(ctx, "scenario-host-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("start the host: %w", err), dir.Close())
		}
	}()
	doc, err := hostConfig(plugin, name, config, interval, timeout)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir.Path(), "operator.yaml")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		return nil, err
	}
	h = &hostPart{out: &hostOutput{heard: heard}, dir: dir, orphan: orphan}
	h.Process, err = process.Start(ctx, process.Spec{
		Name: HostPart, Path: operator, Dir: dir.Path(),
		Args: []string{"watch", name, "--config", file, "-o", "json"},
		Log:  h.out,
		Ready: func(context.Context) error {
			if !h.out.any.Load() {
				return errors.New("it has reported nothing yet")
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// hostConfig is an operator.yaml, as JSON, which is YAML too.
func hostConfig(plugin, name string, config json.RawMessage, interval, timeout time.Duration) ([]byte, error) {
	block, err := decodeJSON(config)
	if err != nil {
		return nil, fmt.Errorf("read the subject's configuration: %w", err)
	}
	return json.Marshal(map[string]any{"subjects": map[string]any{name: map[string]any{
		"plugin": plugin, "insecure": true,
		"interval": max(interval, host.MinInterval).String(), "timeout": timeout.String(),
		"config": withoutVariables(block),
	}}})
}

// withoutVariables keeps what looks like a variable from being expanded.
func withoutVariables(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "$", "$$")
	case []any:
		for i := range v {
			v[i] = withoutVariables(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutVariables(v[name])
		}
	}
	return v
}

// Kill ends the host at once. Its plugin has to end by itself then.
func (h *hostPart) Kill() error {
	var claims usage.Claims
	if h.State() != process.Exited {
		claims.Process(HostPart, h.PID())
	}
	if err := h.Process.Kill(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), orphanBound)
	defer cancel()
	if left := claims.Left(ctx); len(left) > 0 {
		h.orphan(left)
	}
	return nil
}

// Restart ends the host where it runs, and returns when a new one has reported
// something.
func (h *hostPart) Restart(ctx context.Context) error {
	if err := h.Kill(); err != nil {
		return err
	}
	h.out.any.Store(false)
	return h.Process.Restart(ctx)
}

// StartHung ends the host where it runs, and starts a new one that does nothing
// yet. What the old one reported does not count for its getting ready.
func (h *hostPart) StartHung(ctx context.Context) error {
	if err := h.Kill(); err != nil {
		return err
	}
	h.out.any.Store(false)
	return h.Process.StartHung(ctx)
}

// close ends the host in its own way where that is possible.
func (h *hostPart) close() error {
	return errors.Join(h.Terminate(hostEndBound), h.Close(), h.dir.Close())
}

// maxHostLine is the longest line of a host that is looked at.
const maxHostLine = 1 << 20

// hostOutput finds the events in what a host writes: lines of JSON, among lines
// of its log.
type hostOutput struct {
	heard func(json.RawMessage)
	any   atomic.Bool // there was an event

	mu   sync.Mutex
	line []byte
	long bool // the line is too long, and is left out
}

// Write never fails.
func (o *hostOutput) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for rest := b; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		rest = after
		if o.long = o.long || len(o.line)+len(part) > maxHostLine; !o.long {
			o.line = append(o.line, part...)
		}
		if !ended {
			break
		}
		if !o.long && bytes.HasPrefix(o.line, []byte("{")) && json.Valid(o.line) {
			o.any.Store(true)
			o.heard(bytes.Clone(o.line))
		}
		o.line, o.long = o.line[:0], false
	}
	return len(b), nil
}

// startHost starts the run's host.
func (r *run) startHost(ctx context.Context, config json.RawMessage) error {
	operator := r.o.OperatorPath
	var err error
	if operator == "" {
		if operator, err = findBinary("operator"); err != nil {
			return err
		}
	}
	plugin, err := r.o.PluginPath(r.system.Plugin)
	if err != nil {
		return err
	}
	// Absolute, for the host has a directory of its own.
	if plugin, err = filepath.Abs(plugin); err != nil {
		return err
	}
	r.host, err = startHost(ctx, operator, plugin, r.system.Name, config, r.sc.Interval, r.sc.Timeout,
		func(event json.RawMessage) { r.rec.add(record.Event{Host: &record.Host{Event: event}}) },
		func(left []string) {
			r.find(leftBehind, "the killed host has left behind: %s", strings.Join(left, ", "))
		},
	)
	return err
}

// leftBehind is the rule for what nobody has ended.
const leftBehind = "nothing_grows"
