package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Defaults of [Options].
const (
	DefaultPrefix      = "ratelimit:"
	DefaultPoolSize    = 4
	DefaultDialTimeout = time.Second
	DefaultTimeout     = 5 * time.Second
)

// Options says which Redis to read and how. Give URL or Addrs; the rest has
// defaults.
//
// A single address is a single server. Several addresses are the seeds of a
// Cluster, as is one address with Cluster set (a configuration endpoint). With
// MasterName the addresses are those of Sentinels.
type Options struct {
	// URL is redis://, rediss:// (TLS) or unix://, each with an optional
	// user:password, host:port (port 6379 by default) or socket path, and a
	// database: /2 after the host, ?db=2 after a socket path.
	URL string
	// Addrs are host:port addresses.
	Addrs []string
	// Cluster says that the one address given belongs to a Redis Cluster.
	Cluster bool
	// MasterName is the name under which Sentinels know the master.
	MasterName string

	// Username and Password authenticate to Redis. A Password alone is that of
	// the default user.
	Username, Password string
	// SentinelUsername and SentinelPassword authenticate to Sentinels.
	SentinelUsername, SentinelPassword string
	// DB is the database number, 0 by default. A Cluster has no other.
	DB int

	// TLS turns TLS on, to Sentinels too. An empty ServerName becomes the host
	// that is dialled.
	TLS *tls.Config
	// Dialer makes connections in place of net.Dialer. It must return when its
	// context ends. TLS, where it is on, is spoken over what it returns.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

	// Prefix is what the limiter's keys begin with, "ratelimit:" by default. It
	// is literal: glob characters in it mean themselves.
	Prefix string

	// PoolSize is the most connections held to one server, 4 by default.
	PoolSize int
	// DialTimeout bounds the making of one connection, TLS included; 1s by
	// default.
	DialTimeout time.Duration
	// Timeout bounds one round trip, the connecting and the wait for a free
	// connection included, whatever the caller's deadline; 5s by default.
	Timeout time.Duration
}

// settings are Options that were checked, with nothing left to default.
type settings struct {
	Options

	network string // tcp or unix
	cluster bool
}

// settle checks the options and fills in the defaults. All that is wrong is
// reported at once, each field by its name, and no value that may be secret.
func (o Options) settle() (settings, error) {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }

	s := settings{Options: o, network: "tcp"}
	if o.URL != "" {
		if len(o.Addrs) > 0 {
			bad("URL and Addrs: give one of them")
		}
		if problem := s.takeURL(); problem != "" {
			bad("URL: %s", problem)
		}
	} else {
		if len(o.Addrs) == 0 {
			bad("URL or Addrs is needed")
		}
		for i, addr := range o.Addrs {
			if problem := checkAddr(addr); problem != "" {
				bad("Addrs[%d]: %s", i, problem)
			}
		}
	}
	s.cluster = o.Cluster || (len(o.Addrs) > 1 && o.MasterName == "")

	if o.Cluster && o.MasterName != "" {
		bad("Cluster and MasterName: give one of them, a Cluster has no Sentinels")
	}
	if s.network == "unix" && (s.cluster || o.MasterName != "") {
		bad("URL: a unix socket leads to a single server, not to a Cluster or Sentinel")
	}
	if s.cluster && s.DB != 0 {
		bad("DB: a Cluster has only database 0")
	}
	if s.Username != "" && s.Password == "" {
		bad("Password: is needed with a Username")
	}
	if o.MasterName == "" && (o.SentinelUsername != "" || o.SentinelPassword != "") {
		bad("SentinelUsername and SentinelPassword: need MasterName")
	}
	wrong = append(wrong, s.fill()...)
	if len(wrong) > 0 {
		return settings{}, invalid("configure the Redis client", strings.Join(wrong, "; "))
	}
	return s, nil
}

// fill sets the defaults and reports numbers that are out of range.
func (s *settings) fill() (wrong []string) {
	if s.DB < 0 {
		wrong = append(wrong, "DB: must not be negative")
	}
	if s.PoolSize < 0 {
		wrong = append(wrong, "PoolSize: must not be negative")
	}
	if s.DialTimeout < 0 {
		wrong = append(wrong, "DialTimeout: must not be negative")
	}
	if s.Timeout < 0 {
		wrong = append(wrong, "Timeout: must not be negative")
	}
	if s.Prefix == "" {
		s.Prefix = DefaultPrefix
	}
	if s.PoolSize == 0 {
		s.PoolSize = DefaultPoolSize
	}
	if s.DialTimeout == 0 {
		s.DialTimeout = DefaultDialTimeout
	}
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	return wrong
}

func checkAddr(addr string) (problem string) {
	if strings.Contains(addr, "@") {
		return "want host:port; users and passwords have their own fields"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return "want host:port, got " + failure.Quote(addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "want a port from 1 to 65535 in " + failure.Quote(addr)
	}
	return ""
}

// invalid is a request that was refused before anything was sent.
func invalid(op, detail string) error {
	return &failure.Error{Op: op, Class: failure.Invalid, Detail: detail}
}
