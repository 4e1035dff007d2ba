package tikv

import (
	"context"
	"encoding/json"
	"slices"
)

// evictScheduler is the name of PD's scheduler that moves leaders away, by which
// its configuration is also asked for.
const evictScheduler = "evict-leader-scheduler"

// evicting are the IDs of the stores that leaders are evicted from.
func (s *Stack) evicting(ctx context.Context) ([]string, error) {
	var schedulers []string
	if err := s.cluster.AskPD(ctx, "GET", "/schedulers", nil, &schedulers); err != nil {
		return nil, err
	}
	if !slices.Contains(schedulers, evictScheduler) {
		return nil, nil
	}
	var config struct {
		Ranges map[string]json.RawMessage `json:"store-id-ranges"`
	}
	if err := s.cluster.AskPD(ctx, "GET", "/scheduler-config/"+evictScheduler+"/list", nil, &config); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(config.Ranges))
	for id := range config.Ranges {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}
