package sim

// Check is a kind of region that PD lists.
type Check string

// The checks.
const (
	MissPeer    Check = "miss-peer"
	ExtraPeer   Check = "extra-peer"
	DownPeers   Check = "down-peer"
	PendingPeer Check = "pending-peer"
	OfflinePeer Check = "offline-peer"
	LearnerPeer Check = "learner-peer"
	EmptyRegion Check = "empty-region"
)

// Checks are all of them.
func Checks() []Check {
	return []Check{MissPeer, ExtraPeer, DownPeers, PendingPeer, OfflinePeer, LearnerPeer, EmptyRegion}
}

// Check returns the regions of a kind.
func (c *Cluster) Check(kind Check) ([]Region, error) {
	return c.regions(func(r *Region) bool {
		switch kind {
		case MissPeer:
			return len(r.Peers) < Replicas
		case ExtraPeer:
			return len(r.Peers) > Replicas
		case DownPeers:
			return len(r.Down) > 0
		case PendingPeer:
			return len(r.Pending) > 0
		case OfflinePeer:
			_, found := r.find(func(p Peer) bool { return c.state.Stores[p.StoreID].Lifecycle == Offline })
			return found
		case EmptyRegion:
			return r.Size <= emptySize
		case LearnerPeer: // there are none
			return false
		default:
			return false
		}
	})
}
