package pd

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// Stores lists the stores of these lifecycles, in PD's order, which is none.
// Without any it lists what PD lists by default: all but the tombstones.
func (c *Client) Stores(ctx context.Context, lifecycles ...Lifecycle) ([]Store, error) {
	const path = "/stores"
	query := url.Values{}
	for _, l := range lifecycles {
		if l < LifecycleUp || l > LifecycleTombstone {
			return nil, invalid(http.MethodGet, path, fmt.Sprintf("lifecycle: %d is not 0 to 2", l))
		}
		query.Add("state", strconv.Itoa(int(l)))
	}
	return endpoints.Ask(ctx, c.group, reading(path, query.Encode(), endpoints.Whole(decodeStores)))
}

// Store returns one store, tombstones included. An unknown id is an error that
// [NotFound] recognises.
func (c *Client) Store(ctx context.Context, id uint64) (Store, error) {
	return get(ctx, c, "/store/"+decimal(id), func(body []byte) (Store, error) {
		return document.Decode(body, func(o document.Object) Store {
			store := readStore(o)
			if store.ID != id {
				o.Object("store").Fail("id", "is %d, asked for %d", store.ID, id)
			}
			return store
		})
	})
}

func decodeStores(body []byte) ([]Store, error) {
	return document.Decode(body, func(o document.Object) []Store {
		stores := document.List(o, "stores", readStore)
		if count := o.Integer("count"); count != int64(len(stores)) {
			o.Fail("count", "is %d, but there are %d stores", count, len(stores))
		}
		return stores
	})
}

// readStore reads PD's pair of what a store is (protobuf's metapb.Store, which
// leaves out every field that is zero) and how it is (PD's StoreStatus, which
// leaves out some). An id, an address and a name for the state there always
// are. What has no Omitted or Nullable before it, PD always sends.
func readStore(o document.Object) Store {
	meta, status := o.Object("store"), o.Object("status")
	start := document.Nullable(status, "start_ts", instant(status))
	store := Store{
		ID:                  meta.Unsigned("id"),
		Address:             meta.Text("address"),
		StatusAddress:       document.Omitted(meta, "status_address", meta.Text),
		PeerAddress:         document.Omitted(meta, "peer_address", meta.Text),
		Version:             document.Omitted(meta, "version", meta.Text),
		Labels:              readLabels(meta),
		State:               meta.Text("state_name"),
		NodeState:           nodeState(document.Omitted(meta, "node_state", meta.Integer)),
		PhysicallyDestroyed: document.Omitted(meta, "physically_destroyed", meta.Boolean),
		LastHeartbeat:       nanoseconds(document.Omitted(meta, "last_heartbeat", meta.Integer)),

		Capacity:     size(status, "capacity"),
		Available:    size(status, "available"),
		UsedSize:     size(status, "used_size"),
		LeaderCount:  status.Integer("leader_count"),
		LeaderWeight: status.Number("leader_weight"),
		LeaderScore:  status.Number("leader_score"),
		LeaderSize:   status.Integer("leader_size"),
		RegionCount:  status.Integer("region_count"),
		RegionWeight: status.Number("region_weight"),
		RegionScore:  status.Number("region_score"),
		RegionSize:   status.Integer("region_size"),

		LearnerCount:       document.Omitted(status, "learner_count", status.Integer),
		WitnessCount:       document.Omitted(status, "witness_count", status.Integer),
		PendingPeerCount:   document.Omitted(status, "pending_peer_count", status.Integer),
		SendingSnapCount:   document.Omitted(status, "sending_snap_count", status.Integer),
		ReceivingSnapCount: document.Omitted(status, "receiving_snap_count", status.Integer),
		SlowScore:          document.Omitted(status, "slow_score", status.Unsigned),
		Busy:               document.Omitted(status, "is_busy", status.Boolean),
	}
	// A start that is not known goes out as 1970, and makes an uptime to match.
	if start != nil && start.Unix() != 0 {
		store.StartTime = start
		store.Uptime = document.Nullable(status, "uptime", duration(status))
	}
	return store
}

func readLabels(meta document.Object) map[string]string {
	labels := make(map[string]string)
	document.Omitted(meta, "labels", func(name string) []struct{} {
		return document.List(meta, name, func(label document.Object) struct{} {
			labels[label.Text("key")] = document.Omitted(label, "value", label.Text)
			return struct{}{}
		})
	})
	if len(labels) == 0 {
		return nil
	}
	return labels
}

func nodeState(n int64) string {
	switch n {
	case 0:
		return NodePreparing
	case 1:
		return NodeServing
	case 2:
		return NodeRemoving
	case 3:
		return NodeRemoved
	default:
		return strconv.FormatInt(n, 10)
	}
}

// nanoseconds reads a Unix time; 0 is none.
func nanoseconds(n int64) *time.Time {
	if n == 0 {
		return nil
	}
	return new(time.Unix(0, n).UTC())
}

func size(o document.Object, name string) int64 {
	text := o.Text(name)
	bytes, ok := parseSize(text)
	if !ok {
		o.Fail(name, "is %s, want a size such as 3.469GiB", failure.Quote(text))
	}
	return bytes
}

// instant reads an RFC 3339 time of o.
func instant(o document.Object) func(name string) time.Time {
	return func(name string) time.Time {
		text := o.Text(name)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			o.Fail(name, "is %s, want an RFC 3339 time", failure.Quote(text))
		}
		return at.UTC()
	}
}

// duration reads a duration of o as PD and Go write it, 30m0s.
func duration(o document.Object) func(name string) time.Duration {
	return func(name string) time.Duration {
		text := o.Text(name)
		d, err := time.ParseDuration(text)
		if err != nil {
			o.Fail(name, "is %s, want a duration such as 30m0s", failure.Quote(text))
		}
		return d
	}
}
