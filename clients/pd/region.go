package pd

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// Region is one range of keys, [StartKey, EndKey), and where its copies are.
type Region struct {
	ID uint64
	// StartKey and EndKey are in hexadecimal, of the keys as TiKV stores them;
	// empty is the beginning and the end of all keys.
	StartKey, EndKey string
	Epoch            Epoch
	Peers            []Peer
	// Leader is nil if PD knows of none. Of a region whose stores all died PD
	// still knows the one there was.
	Leader       *Peer
	DownPeers    []DownPeer // those that the leader has not heard from for long
	PendingPeers []Peer     // those whose log is behind

	// The rest is what the leader reported; 0 as long as it has not.
	ApproximateSize int64 // MiB; 1 for an empty region
	ApproximateKeys int64
	WrittenBytes    uint64 // since the report before
	WrittenKeys     uint64
	ReadBytes       uint64
	ReadKeys        uint64
}

// Epoch counts a region's changes: ConfVer those of its peers, Version those of
// its keys.
type Epoch struct{ ConfVer, Version uint64 }

// Peer is one copy of a region on one store.
type Peer struct {
	ID, StoreID uint64
	Role        string // Voter, Learner, IncomingVoter, DemotingVoter
	IsLearner   bool
	IsWitness   bool // it has no data and only votes
}

// DownPeer is a peer that its leader has not heard from.
type DownPeer struct {
	Peer Peer
	Down time.Duration // to the second
}

// Region returns one region. An unknown id is an error that [NotFound]
// recognises.
func (c *Client) Region(ctx context.Context, id uint64) (Region, error) {
	return get(ctx, c, "/region/id/"+decimal(id), func(body []byte) (Region, error) {
		return document.Decode(body, func(o document.Object) Region {
			region := readRegion(o)
			if region.ID != id {
				o.Fail("id", "is %d, asked for %d", region.ID, id)
			}
			return region
		})
	})
}

// readRegion reads PD's RegionInfo. Lists that are empty are left out, and so
// is, in what comes from protobuf, every zero. A leader that is not known comes
// as a peer without ids.
func readRegion(o document.Object) Region {
	return Region{
		ID:           o.Unsigned("id"),
		StartKey:     key(o, "start_key"),
		EndKey:       key(o, "end_key"),
		Epoch:        document.Omitted(o, "epoch", epoch(o)),
		Peers:        document.Omitted(o, "peers", peers(o)),
		Leader:       leader(o),
		DownPeers:    document.Omitted(o, "down_peers", downPeers(o)),
		PendingPeers: document.Omitted(o, "pending_peers", peers(o)),

		ApproximateSize: o.Integer("approximate_size"),
		ApproximateKeys: o.Integer("approximate_keys"),
		WrittenBytes:    o.Unsigned("written_bytes"),
		WrittenKeys:     o.Unsigned("written_keys"),
		ReadBytes:       o.Unsigned("read_bytes"),
		ReadKeys:        o.Unsigned("read_keys"),
	}
}

func key(o document.Object, name string) string {
	text := o.Text(name)
	if _, err := hex.DecodeString(text); err != nil {
		o.Fail(name, "is %s, want hexadecimal", failure.Quote(text))
	}
	return text
}

func epoch(o document.Object) func(name string) Epoch {
	return func(name string) Epoch {
		e := o.Object(name)
		return Epoch{
			ConfVer: document.Omitted(e, "conf_ver", e.Unsigned),
			Version: document.Omitted(e, "version", e.Unsigned),
		}
	}
}

func leader(o document.Object) *Peer {
	peer := document.Nullable(o, "leader", func(name string) *Peer {
		l := o.Object(name)
		if document.Omitted(l, "id", l.Unsigned) == 0 {
			return nil
		}
		return new(readPeer(l))
	})
	if peer == nil {
		return nil
	}
	return *peer
}

func peers(o document.Object) func(name string) []Peer {
	return func(name string) []Peer { return document.List(o, name, readPeer) }
}

func readPeer(o document.Object) Peer {
	return Peer{
		ID:        o.Unsigned("id"),
		StoreID:   o.Unsigned("store_id"),
		Role:      o.Text("role_name"),
		IsLearner: document.Omitted(o, "is_learner", o.Boolean),
		IsWitness: document.Omitted(o, "is_witness", o.Boolean),
	}
}

func downPeers(o document.Object) func(name string) []DownPeer {
	return func(name string) []DownPeer {
		return document.List(o, name, func(down document.Object) DownPeer {
			return DownPeer{Peer: readPeer(down.Object("peer")), Down: seconds(document.Omitted(down, "down_seconds", down.Unsigned))}
		})
	}
}

// seconds makes a duration; one too long for it (292 years) becomes the longest.
func seconds(n uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(time.Second)
	return time.Duration(min(n, most)) * time.Second
}
