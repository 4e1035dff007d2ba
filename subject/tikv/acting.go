package tikv

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// change makes a change, or says that it would be made. what completes the
// sentence "PD moves ...".
func (s *Subject) change(ctx context.Context, op string, dryRun bool, what string, change protocol.Change, do func(context.Context) error) (protocol.Outcome, error) {
	outcome := protocol.Outcome{
		Status:  protocol.OutcomePlanned,
		Message: "PD would move " + what,
		Changes: []protocol.Change{change},
	}
	if dryRun {
		return outcome, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.PD.Timeout.Std())
	defer cancel()
	if err := do(ctx); err != nil {
		return protocol.Outcome{}, kit.ActError(op, err, true)
	}
	outcome.Status, outcome.Message = protocol.OutcomeAccepted, "PD moves "+what
	return outcome, nil
}

func unchanged(dryRun bool, message string) protocol.Outcome {
	if dryRun {
		return protocol.Outcome{Status: protocol.OutcomePlanned, Message: message + ": nothing would change"}
	}
	return protocol.Outcome{Status: protocol.OutcomeUnchanged, Message: message}
}

// refuse is the error of an action whose parameters do not fit the system.
func refuse(op string, code protocol.Code, field, problem string) error {
	return &protocol.Error{
		Code: code, Effect: protocol.EffectNone, Message: op + " refused",
		Fields: []protocol.FieldError{{Path: field, Message: problem}},
	}
}

func (s *Subject) region(ctx context.Context, op string, region id) (pd.Region, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.PD.Timeout.Std())
	defer cancel()
	r, err := s.pd.Region(ctx, region.number())
	if pd.NotFound(err) {
		return r, refuse(op, protocol.NotFound, "region_id", "PD knows no region "+string(region))
	}
	if err != nil {
		return r, kit.ActError(op, err, false)
	}
	return r, nil
}

func (s *Subject) store(ctx context.Context, op, field string, store id) (pd.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.PD.Timeout.Std())
	defer cancel()
	st, err := s.pd.Store(ctx, store.number())
	if pd.NotFound(err) {
		return st, refuse(op, protocol.NotFound, field, "PD knows no store "+string(store))
	}
	if err != nil {
		return st, kit.ActError(op, err, false)
	}
	if st.State == pd.StateTombstone {
		return st, refuse(op, protocol.FailedPrecondition, field, fmt.Sprintf("store %d was removed from the cluster", st.ID))
	}
	return st, nil
}

// mustBeUp makes sure that a store can take something over.
func (s *Subject) mustBeUp(ctx context.Context, op, field string, store id) error {
	st, err := s.store(ctx, op, field, store)
	if err == nil && st.State != pd.StateUp {
		return refuse(op, protocol.FailedPrecondition, field, fmt.Sprintf("store %d is %s", st.ID, failure.Line(st.State)))
	}
	return err
}

func (s *Subject) evicting(ctx context.Context, op string, store uint64) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.PD.Timeout.Std())
	defer cancel()
	stores, err := s.pd.EvictLeaderStores(ctx)
	if err != nil {
		return false, kit.ActError(op, err, false)
	}
	return slices.Contains(stores, store), nil
}

func peerStores(region pd.Region) string {
	stores := make([]string, len(region.Peers))
	for i, peer := range region.Peers {
		stores[i] = text(peer.StoreID)
	}
	return "stores " + strings.Join(stores, ", ")
}
