package cluster

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// Options are what a cluster looks like. The zero value is three nodes found by
// [FindNode] that allow 100 requests a minute.
type Options struct {
	// Nodes is how many nodes there are; 0 is 3.
	Nodes int
	// NodeBinary is the path of ratelimiterd; "" is what [FindNode] finds. Tests
	// build it with [Build].
	NodeBinary string
	// NodeArgs are further flags for every node, after those made from the
	// options below, which they override.
	NodeArgs []string
	// RedisArgs are further arguments of redis-server, as "--name", "value".
	RedisArgs []string

	// Redis is a Redis that runs already and is not the cluster's to hurt or to
	// end; nil starts one.
	Redis *Redis
	// Wire leads the connections between the parts through something of the
	// caller's; nil leaves them direct.
	Wire Wire

	// DefaultLimit is the nodes' default limit; 0 is 100.
	DefaultLimit int
	// DefaultWindow is the nodes' default window; 0 is a minute.
	DefaultWindow time.Duration
	// RegistrationTTL is how long a node that died stays registered; 0 is 3 s,
	// a tenth of what production has.
	RegistrationTTL time.Duration
	// Heartbeat is how often a registration is refreshed; 0 is a third of
	// RegistrationTTL.
	Heartbeat time.Duration
	// RedisTimeout is how long a node waits for Redis; 0 is a second.
	RedisTimeout time.Duration

	// NodeLabels and KeyLabels tell whether metrics carry node_id and key; nil
	// is true.
	NodeLabels *bool
	KeyLabels  *bool
	// ScrapeInterval is Prometheus's; 0 is a second.
	ScrapeInterval time.Duration
	// WithoutPrometheus starts none. It saves the five seconds that Prometheus
	// takes before it first looks at its targets.
	WithoutPrometheus bool

	// AllowEmbeddedRedis lets an imitation in this process stand in for a
	// redis-server that cannot be found. Never set it in a test.
	AllowEmbeddedRedis bool

	// Dir is a directory for data and logs, which is made where it is missing
	// and kept; "" is a temporary one.
	Dir string
	// Log receives what the cluster does; nil is nothing.
	Log *slog.Logger
}

// complete fills in the defaults and refuses what makes no sense.
func (o Options) complete() (Options, error) {
	or := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	if o.Nodes == 0 {
		o.Nodes = 3
	}
	if o.DefaultLimit == 0 {
		o.DefaultLimit = 100
	}
	or(&o.DefaultWindow, time.Minute)
	or(&o.RegistrationTTL, 3*time.Second)
	or(&o.Heartbeat, o.RegistrationTTL/3)
	or(&o.RedisTimeout, time.Second)
	or(&o.ScrapeInterval, time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}

	var wrong []error
	if o.Nodes < 1 || o.Nodes > maxNodes {
		wrong = append(wrong, fmt.Errorf("Nodes: want 1 to %d, not %d", maxNodes, o.Nodes))
	}
	if o.DefaultLimit < 0 {
		wrong = append(wrong, fmt.Errorf("DefaultLimit: want more than 0, not %d", o.DefaultLimit))
	}
	if o.ScrapeInterval < 100*time.Millisecond {
		wrong = append(wrong, fmt.Errorf("ScrapeInterval: want at least 100ms, not %s", o.ScrapeInterval))
	}
	if o.NodeBinary == "" && len(wrong) == 0 {
		found, err := FindNode()
		if err != nil {
			wrong = append(wrong, err)
		}
		o.NodeBinary = found
	}
	return o, errors.Join(wrong...)
}

// maxNodes is far more than a machine is good for.
const maxNodes = 100

// nodeArgs are the flags of one node.
func (o Options) nodeArgs(id, address, advertised string, redis []string) []string {
	enabled := func(b *bool) string { return strconv.FormatBool(b == nil || *b) }
	return slices.Concat(redis, []string{
		"--node-id=" + id,
		"--listen=" + address,
		"--advertise=" + advertised,
		"--default-limit=" + strconv.Itoa(o.DefaultLimit),
		"--default-window=" + o.DefaultWindow.String(),
		"--registration-ttl=" + o.RegistrationTTL.String(),
		"--heartbeat=" + o.Heartbeat.String(),
		"--redis-timeout=" + o.RedisTimeout.String(),
		"--metrics-node-label=" + enabled(o.NodeLabels),
		"--metrics-key-label=" + enabled(o.KeyLabels),
	}, o.NodeArgs)
}
