package sim

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Replicas is how many peers a region should have.
const Replicas = 3

// Settings say how a cluster behaves. Those of [Defaults] are real ones, but for
// operators, which take seconds to minutes in production.
type Settings struct {
	// Regions is how many regions there are after the bootstrap.
	Regions int
	// BootstrapStores is how many stores have to report before it.
	BootstrapStores int
	// DisconnectAfter is the silence after which a store is Disconnected.
	DisconnectAfter time.Duration
	// MaxStoreDownTime is the silence after which it is Down; what was set
	// through the API overrides it.
	MaxStoreDownTime time.Duration
	// ElectionAfter is the silence of a leader after which the others elect
	// another one.
	ElectionAfter time.Duration
	// DownPeerAfter is the silence of a peer after which its leader reports it
	// as down (TiKV's raftstore.max-peer-down-duration).
	DownPeerAfter time.Duration
	// OperatorDelay is how long an operator takes.
	OperatorDelay time.Duration
	// ScheduleInterval is how often the schedulers look.
	ScheduleInterval time.Duration
	// Log is told what changes; nil is nobody.
	Log *slog.Logger
}

// Defaults returns the settings of an ordinary cluster of 50 regions.
func Defaults() Settings {
	return Settings{
		Regions: 50, BootstrapStores: Replicas,
		DisconnectAfter: 20 * time.Second, MaxStoreDownTime: 30 * time.Minute,
		ElectionAfter: 10 * time.Second, DownPeerAfter: 10 * time.Minute,
		OperatorDelay: 500 * time.Millisecond, ScheduleInterval: 500 * time.Millisecond,
	}
}

// The bounds of what a simulation is good for.
const (
	maxRegions = 1_000_000
	maxStores  = 1000
)

// Validate refuses what makes no sense.
func (s Settings) Validate() error {
	var wrong []error
	if s.Regions < 1 || s.Regions > maxRegions {
		wrong = append(wrong, fmt.Errorf("regions: want 1 to %d, not %d", maxRegions, s.Regions))
	}
	if s.BootstrapStores < 1 || s.BootstrapStores > maxStores {
		wrong = append(wrong, fmt.Errorf("bootstrap stores: want 1 to %d, not %d", maxStores, s.BootstrapStores))
	}
	for name, d := range map[string]time.Duration{
		"disconnect after": s.DisconnectAfter, "max store down time": s.MaxStoreDownTime,
		"election after": s.ElectionAfter, "down peer after": s.DownPeerAfter,
		"operator delay": s.OperatorDelay, "schedule interval": s.ScheduleInterval,
	} {
		if d <= 0 {
			wrong = append(wrong, fmt.Errorf("%s: want more than 0, not %s", name, d))
		}
	}
	return errors.Join(wrong...)
}
