package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

func TestNewNamesWhatIsWrong(t *testing.T) {
	one := []string{"127.0.0.1:6379"}
	cases := map[string]struct {
		reason string
		opts   redis.Options
		names  []string
	}{
		"Nothing":        {reason: "an address is needed", names: []string{"URL or Addrs"}},
		"Both":           {reason: "which one is meant is unclear", opts: redis.Options{URL: "redis://h", Addrs: one}, names: []string{"URL and Addrs"}},
		"Scheme":         {reason: "HTTP is not Redis", opts: redis.Options{URL: "http://u:s3cret@h"}, names: []string{"URL: the scheme"}},
		"NotURL":         {reason: "an unescaped # cuts the URL in two", opts: redis.Options{URL: "redis://u:s3cret#s3cret@h:6379"}, names: []string{"percent-encoded"}},
		"Fragment":       {reason: "the same with a numeric start of the password", opts: redis.Options{URL: "redis://u:12#s3cret@h"}, names: []string{"#fragment"}},
		"Question":       {reason: "an unescaped ? makes the password a parameter", opts: redis.Options{URL: "redis://u:12?s3cret@h:6379"}, names: []string{"?parameter"}},
		"Path":           {reason: "an unescaped / makes the password a database", opts: redis.Options{URL: "redis://u:12/s3cret@h:6379"}, names: []string{"URL: the database"}},
		"NoHost":         {reason: "no host", opts: redis.Options{URL: "redis://"}, names: []string{"URL: has no host"}},
		"URLPort":        {reason: "a port out of range", opts: redis.Options{URL: "redis://h:99999"}, names: []string{"URL: the port"}},
		"NegativeDB":     {reason: "there is no such database", opts: redis.Options{URL: "redis://h/-1"}, names: []string{"URL: the database"}},
		"TwoDBs":         {reason: "which one is meant is unclear", opts: redis.Options{URL: "redis://h/1", DB: 2}, names: []string{"another database"}},
		"TwoUsers":       {reason: "which one is meant is unclear", opts: redis.Options{URL: "redis://u:s3cret@h", Password: "s3cret"}, names: []string{"URL: has a user"}},
		"UnixHost":       {reason: "a socket has no host", opts: redis.Options{URL: "unix://host/path"}, names: []string{"unix:///"}},
		"UnixCluster":    {reason: "a Cluster has no sockets", opts: redis.Options{URL: "unix:///r.sock", Cluster: true}, names: []string{"URL: a unix socket"}},
		"Addr":           {reason: "no port, a bad port", opts: redis.Options{Addrs: []string{"h", "h:0", "h:1"}}, names: []string{"Addrs[0]", "Addrs[1]"}},
		"AddrURL":        {reason: "a URL where an address belongs has a password in it", opts: redis.Options{Addrs: []string{"redis://u:s3cret@h:1"}}, names: []string{"Addrs[0]: want host:port"}},
		"ClusterDB":      {reason: "a Cluster has one database", opts: redis.Options{Addrs: []string{"a:1", "b:1"}, DB: 1}, names: []string{"DB: a Cluster"}},
		"ClusterMaster":  {reason: "either or", opts: redis.Options{Addrs: one, Cluster: true, MasterName: "m"}, names: []string{"Cluster and MasterName"}},
		"UserNoPassword": {reason: "a user without a password cannot log in", opts: redis.Options{Addrs: one, Username: "u"}, names: []string{"Password:"}},
		"SentinelAuth":   {reason: "without Sentinels their password is for nothing", opts: redis.Options{Addrs: one, SentinelPassword: "s3cret"}, names: []string{"MasterName"}},
		"Numbers": {
			reason: "all of them are reported at once",
			opts:   redis.Options{Addrs: one, DB: -1, PoolSize: -1, Timeout: -1, DialTimeout: -1},
			names:  []string{"DB:", "PoolSize:", "; Timeout:", "DialTimeout:"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := redis.New(tc.opts)
			if failure.ClassOf(err) != failure.Invalid {
				t.Fatalf("%s: want an Invalid error, got %v", tc.reason, err)
			}
			for _, want := range tc.names {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q is not in: %v", tc.reason, want, err)
				}
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: the password is in: %v", tc.reason, err)
			}
		})
	}
}

func TestNewContactsNothing(t *testing.T) {
	for name, opts := range map[string]redis.Options{
		"Single":   {URL: "redis://user:pw@192.0.2.1/3"},
		"TLS":      {URL: "rediss://[2001:db8::1]:7000"},
		"Unix":     {URL: "unix:///no/such/socket?db=2"},
		"Cluster":  {Addrs: []string{"192.0.2.1:1", "192.0.2.2:1"}},
		"Sentinel": {Addrs: []string{"192.0.2.1:1"}, MasterName: "m", SentinelPassword: "pw"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := redis.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if err := c.Close(); err != nil {
				t.Errorf("closing twice: %v", err)
			}
			if got := failure.ClassOf(c.Ping(t.Context())); got != failure.Invalid {
				t.Errorf("Ping of a closed client is %s, want invalid", got)
			}
		})
	}
}

func TestURLReachesTheDatabaseItNames(t *testing.T) {
	sock := socketPath(t)
	s := startServer(t, "--requirepass", "p@ss/w#rd", "--unixsocket", sock)
	rdb := s.admin(t, func(o *goredis.Options) { o.DB, o.Password = 3, "p@ss/w#rd" })
	hit(t, rdb, "k", 0, time.Second)

	for name, opts := range map[string]redis.Options{
		"Host":       {URL: "redis://:p%40ss%2Fw%23rd@" + s.addr + "/3"},
		"Socket":     {URL: "unix://" + sock + "?db=3", Password: "p@ss/w#rd"},
		"SocketUser": {URL: "unix://default:p%40ss%2Fw%23rd@" + sock + "?db=3"},
		"Fields":     {Addrs: []string{s.addr}, DB: 3, Username: "default", Password: "p@ss/w#rd"},
	} {
		t.Run(name, func(t *testing.T) {
			value, present, err := newClient(t, opts).CounterValue(t.Context(), "k")
			if value != 1 || !present || err != nil {
				t.Errorf("got %d, %v, %v, want 1, true, nil", value, present, err)
			}
		})
	}
}

func TestNewFromUsesTheClientAndLeavesItOpen(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	hit(t, rdb, "k", 0, time.Second)

	if _, err := redis.NewFrom(rdb, redis.Options{DB: 1}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("an option about connecting: got %v", err)
	}
	ring := goredis.NewRing(&goredis.RingOptions{Addrs: map[string]string{"a": s.addr}, HeartbeatFrequency: time.Hour})
	defer func() { _ = ring.Close() }()
	if _, err := redis.NewFrom(ring, redis.Options{}); failure.ClassOf(err) != failure.Invalid {
		t.Errorf("a Ring: got %v", err)
	}

	c, err := redis.NewFrom(rdb, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if value, _, err := c.CounterValue(t.Context(), "k"); value != 1 || err != nil {
		t.Errorf("got %d, %v", value, err)
	}
	seen := picture{}
	seen.follows(t, newSweeper(t, c, redis.SweeperOptions{}))
	if seen["k"].InForce != 1 {
		t.Errorf("swept %+v", seen)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the go-redis client was closed too: %v", err)
	}
	if _, _, err := c.CounterValue(t.Context(), "k"); !errors.Is(err, goredis.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
