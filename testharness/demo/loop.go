package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// bound is how long a walk waits for any one thing.
const bound = 20 * time.Second

// Load loads the plugin and observes its subject from then on. The binary is
// pinned as it is: it was built together with this walk.
func (w *Walk) Load(ctx context.Context, entry host.Entry, logger *slog.Logger) (*host.Subject, error) {
	sum, err := plugin.Checksum(entry.Plugin)
	if err != nil {
		return nil, fmt.Errorf("pin the plugin: %w", err)
	}
	entry.SHA256 = sum
	start := time.Now()
	subject, err := host.Load(ctx, entry, logger)
	if err != nil {
		return nil, fmt.Errorf("load the plugin: %w", err)
	}
	def := subject.Definition()
	w.Watch(subject, def)
	w.Say("%s %s: %d invariants, %d actions; loaded in %s, pid %d",
		def.Name, def.Version, len(def.Invariants), len(def.Actions), brief(time.Since(start)), subject.PID())
	return subject, nil
}

// Healthy waits until every invariant is known and held.
func (w *Walk) Healthy(ctx context.Context) error {
	w.Step("It looks until everything is known and well")
	start := time.Now()
	shown := ""
	err := w.Until(ctx, "every invariant to be known and held", bound, start, func(o protocol.Observation, _ []protocol.Transition) bool {
		if names := strings.Join(unknown(o), ", "); names != shown && names != "" {
			shown = names
			w.Say("%s  %s %s", w.paint.Yellow("? unknown "), names, w.paint.Dim("(a rate needs two scrapes)"))
		}
		return o.Verdict() == protocol.Held
	})
	if err != nil {
		return err
	}
	w.Say("%s  %s %s", w.paint.Green("✓ held    "), w.last.Summary,
		w.paint.Dim(fmt.Sprintf("after %s; one observation takes %s", brief(time.Since(start)), brief(w.observing))))
	return nil
}

// unknown names the invariants that an observation could not judge, each once.
func unknown(o protocol.Observation) []string {
	var names []string
	for _, u := range o.Unchecked {
		if !slices.Contains(names, u.Invariant) {
			names = append(names, u.Invariant)
		}
	}
	return names
}

// Act shows what an action would change, and then does it. subject is the name
// in the command that a person would type.
func (w *Walk) Act(ctx context.Context, subject string, action protocol.Action) error {
	w.Say("operator act %s %s %s", subject, action.Name, arguments(action.Params))
	action.DryRun = true
	plan, err := w.subject.Act(ctx, action)
	if err != nil {
		return fmt.Errorf("dry run of %s: %w", action.Name, err)
	}
	for _, ch := range plan.Changes {
		w.Say("             dry run: %s of %s from %s to %s", ch.Field, failure.Line(ch.Entity), ch.Before, ch.After)
	}
	acted := time.Now()
	action.DryRun, action.ID = false, protocol.NewActionID()
	outcome, err := w.subject.Act(ctx, action)
	if err != nil {
		return fmt.Errorf("%s: %w", action.Name, err)
	}
	w.Say("%s  %s %s", w.paint.Green("✓ "+string(outcome.Status)), outcome.Message, w.paint.Dim("in "+brief(time.Since(acted))))
	return nil
}

// arguments are an action's parameters as they are typed.
func arguments(params json.RawMessage) string {
	var values map[string]any
	if err := json.Unmarshal(params, &values); err != nil {
		return failure.Line(string(params))
	}
	var typed []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		typed = append(typed, failure.Line(fmt.Sprintf("%s=%v", name, values[name])))
	}
	return strings.Join(typed, " ")
}
