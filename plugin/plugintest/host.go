package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// A job is what a host process is to do. It comes on its standard input, which
// stays open for as long as the process is to live.
type job struct {
	Options plugin.Options
	Config  json.RawMessage
	// Times is how often the plugin is started and closed before the last start,
	// which is kept.
	Times int
	// Keep leaves the last one running until the process ends.
	Keep bool
}

// A line is what a host process says on its standard output.
type line struct {
	// PIDs are those of all processes that were started.
	PIDs []int `json:"pids"`
}

// beHost does one job.
func beHost(ctx context.Context, in io.Reader, out io.Writer) error {
	var j job
	dec := json.NewDecoder(in)
	if err := dec.Decode(&j); err != nil {
		return fmt.Errorf("read what to do: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // ends with this process
		defer cancel()
		_, _ = io.Copy(io.Discard, in)
	}()

	var said line
	for n := range j.Times {
		p, err := load(ctx, j.Options, j.Config)
		if err != nil {
			return fmt.Errorf("start %d: %w", n+1, err)
		}
		said.PIDs = append(said.PIDs, p.PID())
		if err := p.Close(); err != nil {
			return fmt.Errorf("close %d: %w", n+1, err)
		}
	}
	if j.Keep {
		p, err := load(ctx, j.Options, j.Config)
		if err != nil {
			return err
		}
		defer func() { _ = p.Close() }()
		said.PIDs = append(said.PIDs, p.PID())
	}
	if err := json.NewEncoder(out).Encode(said); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// load starts a plugin and opens its subject.
func load(ctx context.Context, opts plugin.Options, config json.RawMessage) (*plugin.Plugin, error) {
	_, p, err := plugin.Load(ctx, opts, config)
	if err == nil && p.PID() == 0 {
		err = errors.Join(errors.New("the plugin has no process"), p.Close())
	}
	return p, err
}
