package tikvcluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Options are what a cluster looks like. The zero value is four stores and fifty
// regions, by the programs that [FindPrograms] finds.
type Options struct {
	// Stores is how many stores there are; 0 is 4.
	Stores int
	// Regions is how many regions they have; 0 is 50.
	Regions int
	// Programs are the simulation's; the zero value is what [FindPrograms]
	// finds. Tests build them with [Build].
	Programs Programs
	// PDArgs and StoreArgs are further flags of pdsim and of every store, after
	// those made from the options below, which they override.
	PDArgs, StoreArgs []string

	// DisconnectAfter is the silence after which a store is Disconnected; 0 is
	// 3 s, PD has 20 s.
	DisconnectAfter time.Duration
	// MaxStoreDownTime is the silence after which a store is Down and its regions
	// are moved elsewhere; 0 is PD's 30 min.
	MaxStoreDownTime time.Duration
	// ElectionAfter is the silence of a leader after which the others elect
	// another one; 0 is 3 s, TiKV has 10 s.
	ElectionAfter time.Duration
	// DownPeerAfter is the silence of a peer after which its leader reports it
	// as down; 0 is 5 s, TiKV has 10 min.
	DownPeerAfter time.Duration
	// Pace is how long an operator takes, and how often the schedulers look; 0
	// is 200 ms.
	Pace time.Duration
	// Heartbeat is how often a store reports; 0 is 500 ms, TiKV has 10 s.
	Heartbeat time.Duration
	// ScrapeInterval is Prometheus's; 0 is a second.
	ScrapeInterval time.Duration
	// WithoutPrometheus starts none. It saves the seconds that Prometheus takes
	// before it first looks at its targets.
	WithoutPrometheus bool

	// PDAdvertise is the URL that PD tells its clients to use; "" is its own.
	PDAdvertise string
	// Via returns the address, host:port, at which one part is to reach another
	// whose own address is to: from is "tikv-1" and the like, or "prometheus".
	// It lets somebody stand in between. Nil connects them directly.
	Via func(ctx context.Context, from, name, to string) (string, error)

	// Dir is a directory for data and logs, which is made where it is missing
	// and kept; "" is a temporary one.
	Dir string
	// Log receives what the cluster does; nil is nothing.
	Log *slog.Logger
}

// maxStores is far more than a machine is good for.
const maxStores = 50

// complete fills in the defaults and refuses what makes no sense.
func (o Options) complete() (Options, error) {
	or := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	if o.Stores == 0 {
		o.Stores = 4
	}
	if o.Regions == 0 {
		o.Regions = 50
	}
	or(&o.DisconnectAfter, 3*time.Second)
	or(&o.MaxStoreDownTime, 30*time.Minute)
	or(&o.ElectionAfter, 3*time.Second)
	or(&o.DownPeerAfter, 5*time.Second)
	or(&o.Pace, 200*time.Millisecond)
	or(&o.Heartbeat, 500*time.Millisecond)
	or(&o.ScrapeInterval, time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Via == nil {
		o.Via = func(_ context.Context, _, _, to string) (string, error) { return to, nil }
	}

	var wrong []error
	if o.Stores < 1 || o.Stores > maxStores {
		wrong = append(wrong, fmt.Errorf("Stores: want 1 to %d, not %d", maxStores, o.Stores))
	}
	if o.ScrapeInterval < 100*time.Millisecond {
		wrong = append(wrong, fmt.Errorf("ScrapeInterval: want at least 100ms, not %s", o.ScrapeInterval))
	}
	if o.Programs == (Programs{}) && len(wrong) == 0 {
		found, err := FindPrograms()
		if err != nil {
			wrong = append(wrong, err)
		}
		o.Programs = found
	}
	return o, errors.Join(wrong...)
}

func (o Options) pdArgs(address, file string) []string {
	return append([]string{
		"--listen=" + address,
		"--advertise=" + o.pdURL(address),
		"--data-file=" + file,
		"--bootstrap=" + strconv.Itoa(o.Regions),
		"--bootstrap-stores=" + strconv.Itoa(o.Stores),
		"--disconnect-after=" + o.DisconnectAfter.String(),
		"--max-store-down-time=" + o.MaxStoreDownTime.String(),
		"--election-after=" + o.ElectionAfter.String(),
		"--down-peer-after=" + o.DownPeerAfter.String(),
		"--operator-delay=" + o.Pace.String(),
		"--schedule-interval=" + o.Pace.String(),
	}, o.PDArgs...)
}

// pdURL is what PD tells its clients, listening on address.
func (o Options) pdURL(address string) string {
	if o.PDAdvertise != "" {
		return o.PDAdvertise
	}
	return "http://" + address
}

func (o Options) storeArgs(id uint64, address, pd string) []string {
	return append([]string{
		"--id=" + strconv.FormatUint(id, 10),
		"--listen=" + address,
		"--pd=" + pd,
		"--heartbeat=" + o.Heartbeat.String(),
	}, o.StoreArgs...)
}
