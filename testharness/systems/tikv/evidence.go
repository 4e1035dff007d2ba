package tikv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/ask"
)

// documents are what PD and Prometheus are asked for when a scenario has failed:
// the cluster as they know it.
var documents = map[string]string{
	"pd-stores.json":       "/pd/api/v1/stores?state=0&state=1&state=2",
	"pd-regions.json":      "/pd/api/v1/regions",
	"pd-stats.json":        "/pd/api/v1/stats/region",
	"pd-operators.json":    "/pd/api/v1/operators",
	"pd-schedulers.json":   "/pd/api/v1/schedulers",
	"pd-config.json":       "/pd/api/v1/config/schedule",
	"prom-targets.json":    "/api/v1/targets?state=active",
	"prom-up-last-1m.json": "/api/v1/query?query=up%5B1m%5D",
}

// WriteEvidence implements [stack.Stack].
func (s *Stack) WriteEvidence(ctx context.Context, dir string) error {
	var wrong []error
	for name, path := range documents {
		server := s.cluster.PD().URL()
		if strings.HasPrefix(name, "prom-") {
			server = s.cluster.PrometheusURL()
		}
		body, err := ask.Get(ctx, server+path)
		if err != nil {
			wrong = append(wrong, err)
			body = []byte(err.Error() + "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			wrong = append(wrong, fmt.Errorf("write evidence: %w", err))
		}
	}
	return errors.Join(wrong...)
}

// Fingerprint implements [stack.Stack]. Entities are store IDs, with whether PD
// keeps leaders off them, and "region N" with where its peers are. Leaders are
// not in it: PD balances them all the time.
func (s *Stack) Fingerprint(ctx context.Context) (map[string]string, error) {
	var list struct {
		Stores []struct {
			Store struct {
				ID        uint64 `json:"id"`
				StateName string `json:"state_name"`
			} `json:"store"`
		} `json:"stores"`
	}
	if err := s.cluster.AskPD(ctx, "GET", "/stores", nil, &list); err != nil {
		return nil, err
	}
	evicting, err := s.evicting(ctx)
	if err != nil {
		return nil, err
	}
	prints := map[string]string{}
	for _, st := range list.Stores {
		id := fmt.Sprint(st.Store.ID)
		prints[id] = fmt.Sprintf("%s, evicting: %t", st.Store.StateName, slices.Contains(evicting, id))
	}
	var regions struct {
		Regions []struct {
			ID    uint64 `json:"id"`
			Peers []struct {
				StoreID uint64 `json:"store_id"`
			} `json:"peers"`
		} `json:"regions"`
	}
	if err := s.cluster.AskPD(ctx, "GET", "/regions", nil, &regions); err != nil {
		return nil, err
	}
	for _, r := range regions.Regions {
		stores := make([]uint64, 0, len(r.Peers))
		for _, p := range r.Peers {
			stores = append(stores, p.StoreID)
		}
		slices.Sort(stores)
		prints[fmt.Sprintf("region %d", r.ID)] = fmt.Sprint(stores)
	}
	return prints, nil
}
