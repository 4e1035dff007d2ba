package subjecttest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// closeReleases looks for goroutines that calls of the subject have started and
// that outlive Close. They are told from all others by a profiler label, which
// a goroutine has from the one that started it.
func closeReleases(ctx context.Context, e *Env) error {
	o, closeIt, err := closable(ctx, e.up)
	if err != nil {
		return err
	}
	if _, here := o.Instance.(*inProcess); !here {
		return NotApplicable("the subject is in another process, whose goroutines end with it")
	}
	for range looks {
		if _, err := o.look(ctx); err != nil {
			return err
		}
	}
	for _, spec := range o.Definition.Actions {
		_, _ = o.Act(ctx, protocol.Action{Name: spec.Name, Params: e.suite.Actions[spec.Name].Params, DryRun: true})
	}
	if err := e.close(ctx, closeIt); err != nil {
		return fmt.Errorf("Close: %w", err)
	}
	deadline := time.Now().Add(e.suite.Slack)
	for {
		left, err := e.goroutines()
		switch {
		case err != nil || len(left) == 0:
			return err
		case time.Now().After(deadline):
			return fmt.Errorf("%s after Close there are still goroutines that the subject has started:\n%s", e.suite.Slack, strings.Join(left, "\n\n"))
		}
		time.Sleep(pollInterval)
	}
}

// goroutines returns the stacks of those that have the check's label.
func (e *Env) goroutines() ([]string, error) {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return nil, fmt.Errorf("list the goroutines: %w", err)
	}
	label := fmt.Sprintf("%q:%q", labelKey, e.label)
	var found []string
	for block := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(block, label) {
			found = append(found, block)
		}
	}
	return found, nil
}
