package tikv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
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

// getJSON reads the answer of one of our own servers, on a connection of its
// own, as one that is kept would outlive the question.
func getJSON(ctx context.Context, url string, v any) error {
	body, err := get(ctx, url)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

func get(ctx context.Context, url string) ([]byte, error) {
	const maxBody = 16 << 20
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", url, resp.StatusCode)
	}
	return body, err
}
