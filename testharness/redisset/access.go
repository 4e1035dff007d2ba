package redisset

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/certs"
)

// MasterName is what the Sentinels call the master.
const MasterName = "limiter"

// Shape is the set's shape.
func (s *Set) Shape() Shape { return s.shape }

// Dir is the set's directory.
func (s *Set) Dir() string { return s.dir }

// Parts are all servers, those that hold data first.
func (s *Set) Parts() []*Node { return s.all() }

// Nodes are the servers that hold data: the master first, or the masters, as they
// were when the set was started.
func (s *Set) Nodes() []*Node { return slices.Clone(s.nodes) }

// Sentinels are the Sentinels.
func (s *Set) Sentinels() []*Node { return slices.Clone(s.sentinels) }

// Node returns the server of a name, nil where there is none.
func (s *Set) Node(name string) *Node {
	for _, n := range s.all() {
		if n.Name() == name {
			return n
		}
	}
	return nil
}

// Admin is a client with all rights, for looking and for hurting, which finds the
// master by itself. The set closes it.
func (s *Set) Admin() redis.UniversalClient { return s.admin }

// User returns a user as it was made: [NodeUser], [SubjectUser] or [AdminUser].
func (s *Set) User(name string) User { return s.users[name] }

// Authority is who has signed the server's certificate, nil but for [TLS].
func (s *Set) Authority() *certs.Authority { return s.authority }

// Certificate is what a TLS server was started with.
func (s *Set) Certificate() certs.Pair { return s.good }

// Address is host:port of the one server that clients connect to, and of the
// first Sentinel or Cluster node where there are several.
func (s *Set) Address() string {
	if s.shape == Sentinel {
		return s.sentinels[0].address
	}
	return s.nodes[0].address
}

// addresses are all that a client is told of.
func (s *Set) addresses() []string {
	var nodes []*Node
	switch s.shape {
	case Sentinel:
		nodes = s.sentinels
	case Cluster:
		nodes = s.nodes
	default:
		nodes = s.nodes[:1]
	}
	addresses := make([]string, len(nodes))
	for i, n := range nodes {
		addresses[i] = n.address
	}
	return addresses
}

// Masters are the servers that are masters now, by their own word. It fails where
// one that runs does not say.
func (s *Set) Masters(ctx context.Context) ([]*Node, error) {
	var masters []*Node
	for _, n := range s.nodes {
		role, err := n.asks(ctx, "replication", "role")
		if err != nil {
			return nil, err
		}
		if role == "master" {
			masters = append(masters, n)
		}
	}
	return masters, nil
}

// NodeURL is the URL for a limiter's node, with the password in it; see package
// redisurl.
func (s *Set) NodeURL() string { return s.NodeURLVia("") }

// NodeURLVia is the URL by way of a link's address, which is left alone where the
// shape is not [Shape.Linkable]; "" is no link.
func (s *Set) NodeURLVia(address string) string {
	user := s.users[NodeUser]
	u := url.URL{Scheme: "redis", User: url.UserPassword(user.Name, user.Password), Path: "/0"}
	if s.shape == TLS {
		u.Scheme = "rediss"
	}
	all := s.via(address)
	u.Host = all[0]
	query := url.Values{}
	switch s.shape {
	case Sentinel:
		// What stands before the host is for the Sentinels, who ask for nothing.
		u.User = nil
		query.Set("username", user.Name)
		query.Set("password", user.Password)
		query.Set("master_name", MasterName)
		query["addr"] = all[1:]
	case Cluster:
		u.Path = ""
		query.Set("cluster", "true")
		query["addr"] = all[1:]
	default:
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// NodeFlags are what ratelimiterd has to be told: --redis, and whom to trust.
func (s *Set) NodeFlags() []string { return s.NodeFlagsVia("") }

// NodeFlagsVia are the flags by way of a link's address, as of [Set.NodeURLVia].
func (s *Set) NodeFlagsVia(address string) []string {
	flags := []string{"--redis=" + s.NodeURLVia(address)}
	if s.authority != nil {
		flags = append(flags, "--redis-ca="+s.authority.CAFile())
	}
	return flags
}

// SubjectConfig is the section "redis" of the subject's configuration.
func (s *Set) SubjectConfig() json.RawMessage { return s.SubjectConfigVia("") }

// SubjectConfigVia is the section by way of a link's address, as of
// [Set.NodeURLVia].
func (s *Set) SubjectConfigVia(address string) json.RawMessage {
	section := map[string]any{
		"addresses": s.via(address),
		"username":  SubjectUser,
		"password":  s.users[SubjectUser].Password,
	}
	switch s.shape {
	case Sentinel:
		section["master_name"] = MasterName
	case Cluster:
		section["cluster"] = true
	case TLS:
		section["tls"] = map[string]string{"ca_file": s.authority.CAFile()}
	default:
	}
	doc, err := json.Marshal(section)
	if err != nil {
		panic(fmt.Sprintf("encode texts: %v", err)) // it cannot fail
	}
	return doc
}

func (s *Set) via(address string) []string {
	if address != "" && s.shape.Linkable() {
		return []string{address}
	}
	return s.addresses()
}

// sentinelPrefix begins the names of Sentinels.
const sentinelPrefix = "sentinel-"
