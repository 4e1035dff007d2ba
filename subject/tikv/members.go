package tikv

import (
	"context"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// members reads which members PD has, which of them answer, and who leads. The
// client learns from it whom to ask first: a member that does not lead hands
// every call on to the one that does.
func (s *Subject) members(ctx context.Context) ([]MemberState, error) {
	var all pd.Members
	var allErr error
	var asking sync.WaitGroup
	asking.Go(func() { all, allErr = s.pd.Members(ctx) })
	health, err := s.pd.Health(ctx)
	asking.Wait()
	if err != nil {
		return nil, err
	}
	if allErr != nil {
		return nil, allErr
	}
	members := make([]MemberState, len(health))
	for i, m := range health {
		members[i] = MemberState{Name: m.Name, Healthy: m.Healthy, Leader: all.Leader != nil && all.Leader.ID == m.ID}
	}
	return members, nil
}
