package subjecttest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func actRunBreaches() map[string]breach {
	var inside atomic.Int64
	var mu sync.Mutex
	given := make(map[string]protocol.Outcome)
	return map[string]breach{
		"act/dry_run": {
			reason: "a dry run says that it was done", says: "the status of a dry run",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				outcome, err := next(ctx, a)
				if outcome.Status == protocol.OutcomePlanned {
					outcome.Status = protocol.OutcomeAccepted
				}
				return outcome, err
			}),
		},
		"act/dry_run_changes_nothing": {
			reason: "a dry run is a real one", says: "and the next",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				plan, err := next(ctx, a)
				if err == nil && a.DryRun {
					a.ID, a.DryRun = protocol.NewActionID(), false
					_, err = next(ctx, a)
				}
				return plan, err
			}),
		},
		"act/as_planned": {
			reason: "the plan speaks of another field", says: "was changed and not planned",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				outcome, err := next(ctx, a)
				for i := range outcome.Changes {
					if a.DryRun {
						outcome.Changes[i].Field = "value"
					}
				}
				return outcome, err
			}),
		},
		"act/acts": {
			reason: "it says that it was done, and does nothing", says: "the system is as it was",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				a.DryRun = true
				outcome, err := next(ctx, a)
				outcome.Status = protocol.OutcomeAccepted
				return outcome, err
			}),
		},
		"act/idempotent": {
			reason: "adding is declared idempotent", says: "doing it a second time",
			mutant: defines(func(d *protocol.Definition) { d.Actions[1].Idempotent = true }),
		},
		"act/outcome_not_shared": {
			reason: "what is remembered is given out", says: "wrote into its outcome",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				outcome, err := next(ctx, a)
				mu.Lock()
				defer mu.Unlock()
				if before, ok := given[a.ID]; ok && a.ID != "" {
					return before, err
				}
				given[a.ID] = outcome
				return outcome, err
			}),
		},
		"act/concurrent": {
			reason: "one at a time", says: "another is under way",
			mutant: acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
				defer inside.Add(-1)
				if inside.Add(1) > 1 {
					return protocol.Outcome{}, &protocol.Error{Code: protocol.Aborted, Message: "another is under way", Effect: protocol.EffectNone}
				}
				time.Sleep(20 * time.Millisecond) // for the others to come
				return next(ctx, a)
			}),
		},
	}
}

// renames breaks the memory of IDs: it gives the good subject other ones.
func renames(rename func(a protocol.Action) string) mutant {
	return acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
		if a.ID != "" && len(a.ID) <= protocol.MaxActionIDLen {
			a.ID = rename(a)
		}
		return next(ctx, a)
	})
}

// digest makes one ID of several texts.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\n")))
	return hex.EncodeToString(sum[:])
}

func actOnceBreaches() map[string]breach {
	return map[string]breach{
		"act/once": {
			reason: "the ID is ignored", says: "changed the system",
			mutant: renames(func(protocol.Action) string { return protocol.NewActionID() }),
		},
		"act/once_concurrently": {
			reason: "an ID is remembered only when the action is done", says: "calls at once",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var mu sync.Mutex
				done := make(map[string]protocol.Outcome)
				acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
					mu.Lock()
					outcome, ok := done[a.ID]
					mu.Unlock()
					if ok {
						return outcome, nil
					}
					id := a.ID
					if id != "" {
						a.ID = protocol.NewActionID()
						time.Sleep(20 * time.Millisecond) // for the others to come
					}
					outcome, err := next(ctx, a)
					mu.Lock()
					defer mu.Unlock()
					if err == nil && id != "" {
						done[id] = outcome
					}
					return outcome, err
				})(suite, nil)
			},
		},
		"act/id_of_another": {
			reason: "an ID is told from others by what it is for", says: "the ID was then used for",
			mutant: renames(func(a protocol.Action) string { return digest(a.ID, a.Name, string(a.Params)) }),
		},
		"act/failed_id_is_free": {
			reason: "a failed call's error is remembered, whatever it did", says: "the same ID",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var errs sync.Map
				acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
					if err, ok := errs.Load(a.ID); ok {
						return protocol.Outcome{}, err.(error) //nolint:forcetypeassert // it is what was stored
					}
					outcome, err := next(ctx, a)
					if err != nil && a.ID != "" {
						errs.Store(a.ID, err)
					}
					return outcome, err
				})(suite, nil)
			},
		},
		"act/dry_run_spends_no_id": {
			reason: "a dry run is remembered", says: "was not done",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var plans sync.Map
				acts(func(ctx context.Context, a protocol.Action, next actor) (protocol.Outcome, error) {
					if plan, ok := plans.Load(a.ID); ok {
						return plan.(protocol.Outcome), nil //nolint:forcetypeassert // it is what was stored
					}
					outcome, err := next(ctx, a)
					if a.DryRun && a.ID != "" {
						plans.Store(a.ID, outcome)
					}
					return outcome, err
				})(suite, nil)
			},
		},
		"act/any_id": {
			reason: "an ID is trimmed", says: "the system is as it was before",
			mutant: renames(func(a protocol.Action) string { return digest(strings.TrimSpace(a.ID)) }),
		},
		"act/remembers": {
			reason: "a hundred are remembered", says: "changed the system",
			mutant: func(suite *subjecttest.Suite, _ *tallies) {
				var mu sync.Mutex
				known, generation := make(map[string]bool), 0
				renames(func(a protocol.Action) string {
					mu.Lock()
					defer mu.Unlock()
					if known[a.ID] = true; len(known) > 100 {
						clear(known)
						generation++
					}
					return fmt.Sprintf("%d/%s", generation, a.ID)
				})(suite, nil)
			},
		},
	}
}
