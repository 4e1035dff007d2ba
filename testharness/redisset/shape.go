package redisset

import (
	"slices"
	"strconv"
)

// Shape is how many servers there are and what they are to each other.
type Shape string

// The shapes.
const (
	// Single: one server, "redis".
	Single Shape = "single"
	// Replica: "redis", and "redis-replica" that copies it. Clients talk to the
	// first only.
	Replica Shape = "replica"
	// TLS: one server, "redis", that speaks TLS. It also listens without, on an
	// address of which only the harness knows.
	TLS Shape = "tls"
	// Sentinel: a master "redis", a replica "redis-replica" (and
	// "redis-replica-2"), and the Sentinels "sentinel-1" to "sentinel-3" that
	// make the replica master when the master is gone.
	Sentinel Shape = "sentinel"
	// Cluster: a Redis Cluster of six, the masters "redis", "redis-2" and
	// "redis-3", and their replicas "redis-4" to "redis-6".
	Cluster Shape = "cluster"
)

// Shapes are all of them.
func Shapes() []Shape { return []Shape{Single, Replica, TLS, Sentinel, Cluster} }

// Parts are the names of the servers of a set of the shape, without further
// replicas, in the order of [Set.Parts]; nil where there is no such shape.
func (s Shape) Parts() []string {
	switch s {
	case Single, TLS:
		return []string{mainName}
	case Replica:
		return []string{mainName, replicaName}
	case Sentinel:
		return []string{mainName, replicaName, sentinelPrefix + "1", sentinelPrefix + "2", sentinelPrefix + "3"}
	case Cluster:
		names := []string{mainName}
		for i := 2; i <= 6; i++ {
			names = append(names, mainName+"-"+strconv.Itoa(i))
		}
		return names
	default:
		return nil
	}
}

// Valid tells whether there is such a shape.
func (s Shape) Valid() bool { return slices.Contains(Shapes(), s) }

// Linkable tells whether clients connect to the one address that they are told,
// so that a link can be put before it.
func (s Shape) Linkable() bool { return s == Single || s == Replica || s == TLS }
