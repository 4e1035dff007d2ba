package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// BehaviourPath takes a [Behaviour] by POST. Fields that are left out stay as
// they are.
const BehaviourPath = "/sim/behaviour"

// Behaviour is how a store fares.
type Behaviour struct {
	// LatencySeconds is what one request in twenty takes, hence the 99th
	// percentile; the others take a tenth of it.
	LatencySeconds float64 `json:"latency_seconds"`
	// CapacityBytes is the size of the disk, UsedRatio the part that is used.
	CapacityBytes int64   `json:"capacity_bytes"`
	UsedRatio     float64 `json:"used_ratio"`
	// RatePerLeader is the number of requests per second and region led.
	RatePerLeader float64 `json:"rate_per_leader"`
}

// DefaultBehaviour is that of a healthy store.
func DefaultBehaviour() Behaviour {
	return Behaviour{
		LatencySeconds: (20 * time.Millisecond).Seconds(),
		CapacityBytes:  1 << 40, UsedRatio: 0.1, RatePerLeader: 10,
	}
}

// The bounds of a load that is worth simulating.
const (
	maxRate    = 1000
	maxLatency = 3600
)

// Validate refuses what no store can do.
func (b Behaviour) Validate() error {
	var wrong []error
	if b.LatencySeconds <= 0 || b.LatencySeconds > maxLatency {
		wrong = append(wrong, fmt.Errorf("latency: want more than 0 and at most %d seconds, not %g", maxLatency, b.LatencySeconds))
	}
	if b.CapacityBytes <= 0 {
		wrong = append(wrong, fmt.Errorf("capacity: want more than 0, not %d", b.CapacityBytes))
	}
	if b.UsedRatio < 0 || b.UsedRatio > 1 {
		wrong = append(wrong, fmt.Errorf("used: want 0 to 1, not %g", b.UsedRatio))
	}
	if b.RatePerLeader < 0 || b.RatePerLeader > maxRate {
		wrong = append(wrong, fmt.Errorf("rate: want 0 to %d, not %g", maxRate, b.RatePerLeader))
	}
	return errors.Join(wrong...)
}

func (b Behaviour) used() int64 { return int64(b.UsedRatio * float64(b.CapacityBytes)) }

// Validate refuses settings that make no sense.
func (s *Store) Validate() error {
	var wrong []error
	if s.id == 0 {
		wrong = append(wrong, errors.New("--id is missing"))
	}
	if u, err := url.Parse(s.pd); err != nil || u.Scheme != "http" || u.Host == "" {
		wrong = append(wrong, errors.New("--pd: want http://HOST:PORT"))
	}
	if s.interval <= 0 {
		wrong = append(wrong, fmt.Errorf("--heartbeat: want more than 0, not %s", s.interval))
	}
	return errors.Join(append(wrong, s.behaviour.Validate())...)
}

func (s *Store) setBehaviour(w http.ResponseWriter, r *http.Request) {
	const maxBody = 1 << 16
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.behaviour
	err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&b)
	if err == nil {
		err = b.Validate()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.behaviour = b
}

// status answers with the store's id, for whoever waits for this very store.
func (s *Store) status(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]uint64{"store_id": s.id}) // the caller may be gone
}
