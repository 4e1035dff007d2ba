package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
)

// subject is what the operator calls what it watches.
const subject = "limiter"

// startHost starts an operator in dir that watches a cluster with the plugin
// beside it.
func startHost(ctx context.Context, dir string, c *cluster.Cluster, interval time.Duration, heard *hearing) (*process.Process, error) {
	config, err := json.Marshal(map[string]any{"subjects": map[string]any{subject: map[string]any{
		"plugin": filepath.Join(dir, pluginCommand), "insecure": true, "interval": interval.String(),
		"config": map[string]any{
			"management": map[string]any{"urls": c.ManagementURLs()},
			"redis":      map[string]any{"url": c.RedisURL()},
			"prometheus": map[string]any{"url": c.PrometheusURL()},
		},
	}}})
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "operator.yaml") // JSON is YAML too
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, err
	}
	return process.Start(ctx, process.Spec{
		Name: "host", Path: filepath.Join(dir, operatorCommand), Dir: dir,
		Args: []string{"watch", subject, "--config", file, "--every", "-o", "json"},
		Log:  heard,
		Ready: func(context.Context) error {
			if heard.observations() == 0 {
				return errors.New("it has not observed anything yet")
			}
			return nil
		},
	})
}

// maxEvents is how many events other than observations are kept.
const maxEvents = 100

// maxLine is how long a line of the operator may be, in bytes.
const maxLine = 1 << 20

// hearing takes what an operator writes: a line of JSON for each event, among the
// lines of its log.
type hearing struct {
	mu     sync.Mutex
	line   []byte
	skip   bool // the line is too long
	count  Summary
	events []host.Event
	well   bool // the last observation has found everything held
}

// Write implements io.Writer and never fails.
func (h *hearing) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for rest := b; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		rest = after
		if h.skip = h.skip || len(h.line)+len(part) > maxLine; !h.skip {
			h.line = append(h.line, part...)
		}
		if !ended {
			break
		}
		var e host.Event
		if !h.skip && json.Unmarshal(h.line, &e) == nil && e.Type != "" {
			h.hear(e)
		}
		h.line, h.skip = h.line[:0], false
	}
	return len(b), nil
}

func (h *hearing) hear(e host.Event) {
	if e.Type != host.EventObservation {
		h.count.Told++
		if len(h.events) < maxEvents {
			h.events = append(h.events, e)
		}
		return
	}
	h.count.Observations++
	h.well = e.Verdict == protocol.Held
	if e.Broken != nil && *e.Broken > 0 {
		h.count.Broken++
	}
	if e.Unknown != nil && *e.Unknown > 0 {
		h.count.Unknown++
	}
}

func (h *hearing) observations() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count.Observations
}

// fine reports whether the last observation has found everything held.
func (h *hearing) fine() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.well
}

// begin forgets what was heard while things were being started.
func (h *hearing) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count, h.events = Summary{}, nil
}

// into puts what was heard into a record.
func (h *hearing) into(r *Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.Observations, r.Broken, r.Unknown, r.Told = h.count.Observations, h.count.Broken, h.count.Unknown, h.count.Told
	r.Events = append([]host.Event{}, h.events...)
}

// goneError says that the operator ended by itself.
func goneError(p *process.Process) error {
	return fmt.Errorf("the operator has ended: %w: %s", errors.Join(p.Err(), process.ErrNotRunning), lastOf(p.Log()))
}

// lastOf is the end of a log.
func lastOf(log string) string {
	const most = 500
	if len(log) > most {
		log = log[len(log)-most:]
	}
	return log
}
