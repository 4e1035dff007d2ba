package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

const (
	version = "v8.5.2"
	// beatTimeout bounds one report to a PD that hangs.
	beatTimeout = time.Second
	maxAnswer   = 64 << 10
)

// beat reports at once and every interval until ctx is done. A PD that does not
// answer is asked again at the next beat.
func (s *Store) beat(ctx context.Context, log *slog.Logger) {
	client := &http.Client{Timeout: beatTimeout, Transport: &http.Transport{MaxIdleConns: 1, IdleConnTimeout: time.Minute}}
	defer client.CloseIdleConnections()
	started := time.Now()
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	for failed := false; ; {
		err := s.report(ctx, client, started)
		if ctx.Err() != nil {
			return
		}
		// Once per change: the log is for what happened, not for how often.
		if (err != nil) != failed {
			failed = err != nil
			log.InfoContext(ctx, "reporting", "works", !failed, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// report sends one heartbeat and learns how many regions this store leads.
func (s *Store) report(ctx context.Context, client *http.Client, started time.Time) error {
	b, _ := s.now()
	body, err := json.Marshal(sim.Report{
		StoreID: s.id, Address: s.advertise, Version: version, Started: started,
		Capacity: b.CapacityBytes, Available: b.CapacityBytes - b.used(), Used: b.used(),
	})
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.pd+api.HeartbeatPath, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make the report: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("report to PD: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read PD's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("report to PD: status %d: %s", resp.StatusCode, failure.Quote(string(answer)))
	}
	var duties sim.Duties
	if err := json.Unmarshal(answer, &duties); err != nil {
		return fmt.Errorf("read PD's answer: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaders = duties.Leaders
	return nil
}
