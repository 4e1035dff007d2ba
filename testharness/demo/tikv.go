package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// TiKV is the walk for TiKV: the same loop, the same host, another plugin. It
// leaves nothing running.
func TiKV(ctx context.Context, opts TiKVOptions) (err error) {
	began := time.Now()
	w := NewWalk(opts.Out, opts.Paint)

	w.Step("A TiKV cluster on this machine")
	c, err := tikvcluster.Start(ctx, tikvcluster.Options{Programs: opts.Programs, Log: opts.Log})
	if err != nil {
		return fmt.Errorf("start the cluster: %w", err)
	}
	defer func() {
		err = errors.Join(err, c.Close())
		if err == nil {
			w.Close(time.Since(began))
		}
	}()
	w.Say("%-14s %-18s pid %d   %s", "pd", c.PD().Address(), c.PD().PID(), w.paint.Dim("a stand-in that behaves as PD v8.5 does"))
	for _, st := range c.Stores() {
		w.Say("%-14s %-18s pid %d", st.Name(), st.Address(), st.PID())
	}
	w.Say("%-14s %-18s pid %d", "prometheus", c.Prometheus().Address(), c.Prometheus().PID())

	w.Step("The operator loads the plugin")
	config, err := json.Marshal(map[string]any{
		"pd":         map[string]any{"endpoints": c.PDURLs()},
		"prometheus": map[string]any{"url": c.PrometheusURL()},
	})
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	subject, err := w.Load(ctx, host.Entry{Name: "tikv", Plugin: opts.Plugin, Config: config}, opts.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, subject.Close()) }()
	if err := w.Healthy(ctx); err != nil {
		return err
	}
	return storeDies(ctx, w, c)
}

// TiKVOptions say how the walk for TiKV is made.
type TiKVOptions struct {
	Options

	// Programs are the stand-ins for PD and the stores.
	Programs tikvcluster.Programs
}

// storeDies kills a store, has its leaders evicted so that they do not come back
// before somebody has looked at it, and restores it.
func storeDies(ctx context.Context, w *Walk, c *tikvcluster.Cluster) error {
	store := c.Store(1)
	const id = "2"
	w.Step("A store dies")
	w.Say("SIGKILL to %s; PD calls it Disconnected after 3 s without a heartbeat (20 s in production)", store.Name())
	killed := time.Now()
	if err := store.Kill(); err != nil {
		return fmt.Errorf("kill %s: %w", store.Name(), err)
	}
	if err := w.Becomes(ctx, "SIGKILL to "+store.Name(), "store_down", id, protocol.Firing, bound, killed); err != nil {
		return err
	}

	w.Step("The operator keeps leaders off it")
	if err := w.Act(ctx, "tikv", protocol.Action{Name: "evict_leaders", Params: json.RawMessage(`{"store_id":"` + id + `"}`)}); err != nil {
		return err
	}
	evicted := time.Now()
	err := w.Until(ctx, "no leader to be left on store "+id, bound, evicted, func(o protocol.Observation, _ []protocol.Transition) bool {
		leaders, evicting := leadersOf(o, id)
		return evicting && leaders == 0
	})
	if err != nil {
		return err
	}
	w.Say("%s  no leader is left on store %s %s", w.paint.Green("✓ evicted "), id, w.paint.Dim("after "+brief(time.Since(evicted))))

	w.Step("It comes back")
	w.Say("%s is started again", store.Name())
	restored := time.Now()
	if err := store.Restart(ctx); err != nil {
		return fmt.Errorf("restart %s: %w", store.Name(), err)
	}
	if err := w.Becomes(ctx, store.Name()+" started again", "store_down", id, protocol.Resolved, bound, restored); err != nil {
		return err
	}
	if err := w.Act(ctx, "tikv", protocol.Action{Name: "stop_evicting_leaders", Params: json.RawMessage(`{"store_id":"` + id + `"}`)}); err != nil {
		return err
	}
	return w.Healthy(ctx)
}

// leadersOf reads from the state how many leaders a store has, -1 where that is
// unknown, and whether they are being evicted.
func leadersOf(o protocol.Observation, id string) (leaders int64, evicting bool) {
	var state struct {
		Stores []struct {
			ID      string `json:"id"`
			Leaders *int64 `json:"leaders"`
		} `json:"stores"`
		Evicting []string `json:"evicting"`
	}
	leaders = -1
	if err := json.Unmarshal(o.State, &state); err != nil {
		return leaders, false
	}
	for _, st := range state.Stores {
		if st.ID == id && st.Leaders != nil {
			leaders = *st.Leaders
		}
	}
	return leaders, slices.Contains(state.Evicting, id)
}
