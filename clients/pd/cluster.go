package pd

import (
	"context"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// Members are the members of PD itself.
type Members struct {
	ClusterID uint64
	Members   []Member
	// Leader serves the API; nil while none is elected. EtcdLeader leads the
	// store beneath, and is the same member but for moments.
	Leader, EtcdLeader *Member
}

// Member is one process of PD.
type Member struct {
	Name       string
	ID         uint64
	ClientURLs []string // where the API is served
	PeerURLs   []string
	Version    string // "v8.5.2"; empty if it did not say
	// LeaderPriority: of two members that could lead, the one with the higher
	// does.
	LeaderPriority int64
}

// MemberHealth is whether one member answers another's ping.
type MemberHealth struct {
	Name       string
	ID         uint64
	ClientURLs []string
	Healthy    bool
}

// ClusterStatus is how far the cluster is in its life.
type ClusterStatus struct {
	// BootstrapTime is when the first store joined, in UTC; nil before.
	BootstrapTime *time.Time
	// Initialized: there is more than one region, or the first has all copies.
	Initialized bool
	// ReplicationStatus is the state of the replication mode; empty without one.
	ReplicationStatus string
}

// Members lists the members of PD and tells who leads. The client follows what
// it learns: see the package's words on endpoints.
func (c *Client) Members(ctx context.Context) (Members, error) {
	members, err := get(ctx, c, "/members", decodeMembers)
	if err != nil {
		return Members{}, err
	}
	var leader []string
	if members.Leader != nil {
		leader = members.Leader.ClientURLs
	}
	c.group.Follow(leader)
	return members, nil
}

// Health lists the members of PD with whether each answered the leader just now.
func (c *Client) Health(ctx context.Context) ([]MemberHealth, error) {
	return get(ctx, c, "/health", decodeHealth)
}

// ClusterStatus tells how far the cluster is in its life. It is the one call
// about the cluster that a PD answers before any store has joined.
func (c *Client) ClusterStatus(ctx context.Context) (ClusterStatus, error) {
	return get(ctx, c, "/cluster/status", decodeClusterStatus)
}

func decodeMembers(body []byte) (Members, error) {
	return document.Decode(body, func(o document.Object) Members {
		header := o.Object("header")
		return Members{
			ClusterID:  header.Unsigned("cluster_id"),
			Members:    document.List(o, "members", readMember),
			Leader:     document.Nullable(o, "leader", member(o)),
			EtcdLeader: document.Nullable(o, "etcd_leader", member(o)),
		}
	})
}

func member(o document.Object) func(name string) Member {
	return func(name string) Member { return readMember(o.Object(name)) }
}

// readMember reads protobuf's pdpb.Member, which leaves out what is zero: a
// member that was added and has not started has neither name nor client URLs.
func readMember(o document.Object) Member {
	return Member{
		Name:           document.Omitted(o, "name", o.Text),
		ID:             o.Unsigned("member_id"),
		ClientURLs:     document.Omitted(o, "client_urls", o.Texts),
		PeerURLs:       document.Omitted(o, "peer_urls", o.Texts),
		Version:        document.Omitted(o, "binary_version", o.Text),
		LeaderPriority: document.Omitted(o, "leader_priority", o.Integer),
	}
}

// A member that has not started has null for its client URLs.
func decodeHealth(body []byte) ([]MemberHealth, error) {
	return document.DecodeList(body, func(o document.Object) MemberHealth {
		health := MemberHealth{Name: o.Text("name"), ID: o.Unsigned("member_id"), Healthy: o.Boolean("health")}
		if urls := document.Nullable(o, "client_urls", o.Texts); urls != nil {
			health.ClientURLs = *urls
		}
		return health
	})
}

// The time before a bootstrap goes out as Go's zero time.
func decodeClusterStatus(body []byte) (ClusterStatus, error) {
	return document.Decode(body, func(o document.Object) ClusterStatus {
		status := ClusterStatus{Initialized: o.Boolean("is_initialized"), ReplicationStatus: o.Text("replication_status")}
		if at := instant(o)("raft_bootstrap_time"); !at.IsZero() {
			status.BootstrapTime = &at
		}
		return status
	})
}
