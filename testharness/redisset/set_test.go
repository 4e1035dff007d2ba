package redisset_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	clientredis "github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o redisset.Options) *redisset.Set {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := redisset.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			for _, n := range s.Parts() {
				log := n.Log()
				t.Logf("%s:\n%s", n.Name(), log[max(0, len(log)-2000):])
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for _, n := range s.Parts() {
			if n.State() != process.Exited {
				t.Errorf("%s is left over", n.Name())
			}
		}
	})
	return s
}

// subject opens what the rate limiter's subject would, by its own section.
func subject(t *testing.T, s *redisset.Set) *clientredis.Client {
	t.Helper()
	var section struct {
		Addresses  []string
		Username   string
		Password   string
		Cluster    bool
		MasterName string `json:"master_name"`
		TLS        *struct {
			CAFile string `json:"ca_file"`
		}
	}
	if err := json.Unmarshal(s.SubjectConfig(), &section); err != nil {
		t.Fatal(err)
	}
	var trust *tls.Config
	if section.TLS != nil {
		if section.TLS.CAFile != s.Authority().CAFile() {
			t.Errorf("it trusts %s", section.TLS.CAFile)
		}
		trust = s.Authority().TLS()
	}
	c, err := clientredis.New(clientredis.Options{
		Addrs: section.Addresses, Username: section.Username, Password: section.Password,
		Cluster: section.Cluster, MasterName: section.MasterName, TLS: trust,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestShapes(t *testing.T) {
	sentinels := []string{"sentinel-1", "sentinel-2", "sentinel-3"}
	cases := map[redisset.Shape]struct {
		reason  string
		options redisset.Options
		parts   []string
		masters []string
	}{
		redisset.Single:   {"One is one.", redisset.Options{}, []string{"redis"}, []string{"redis"}},
		redisset.Replica:  {"The copy is a part too.", redisset.Options{}, []string{"redis", "redis-replica"}, []string{"redis"}},
		redisset.TLS:      {"It is one server behind TLS.", redisset.Options{}, []string{"redis"}, []string{"redis"}},
		redisset.Sentinel: {"Three Sentinels watch three servers.", redisset.Options{Replicas: 2}, append([]string{"redis", "redis-replica", "redis-replica-2"}, sentinels...), []string{"redis"}},
		redisset.Cluster:  {"Three masters, each with a replica.", redisset.Options{}, []string{"redis", "redis-2", "redis-3", "redis-4", "redis-5", "redis-6"}, []string{"redis", "redis-2", "redis-3"}},
	}
	for _, shape := range redisset.Shapes() {
		tc := cases[shape]
		t.Run(string(shape), func(t *testing.T) {
			tc.options.Shape = shape
			s := start(t, tc.options)
			if diff := cmp.Diff(tc.parts, names(s.Parts())); diff != "" {
				t.Errorf("%s\nparts (-want +got):\n%s", tc.reason, diff)
			}
			masters, err := s.Masters(t.Context())
			if diff := cmp.Diff(tc.masters, names(masters)); diff != "" || err != nil {
				t.Errorf("%s\nmasters, %v (-want +got):\n%s", tc.reason, err, diff)
			}
			for key := range map[string]bool{"ratelimit:a": true, "ratelimit:b": true, "ratelimit:c": true} {
				if err := s.Admin().ZAdd(t.Context(), key, redis.Z{Score: float64(time.Now().UnixMilli()), Member: "m"}).Err(); err != nil {
					t.Fatal(err)
				}
			}
			c := subject(t, s)
			counters, err := c.Counters(t.Context(), []string{"a", "b", "c"}, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range counters {
				if got.Err != nil || got.InForce != 1 {
					t.Errorf("the subject sees %+v", got)
				}
			}
			if err := s.Whole(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func names(nodes []*redisset.Node) []string {
	all := make([]string, len(nodes))
	for i, n := range nodes {
		all[i] = n.Name()
	}
	return all
}

// Every server comes back to where it was, and the set with it.
func TestRestarts(t *testing.T) {
	for _, shape := range redisset.Shapes() {
		t.Run(string(shape), func(t *testing.T) {
			s := start(t, redisset.Options{Shape: shape})
			for _, n := range []*redisset.Node{s.Nodes()[len(s.Nodes())-1], s.Parts()[len(s.Parts())-1]} {
				before := n.Address()
				if err := n.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n.Address() != before {
					t.Errorf("%s has moved from %s to %s", n.Name(), before, n.Address())
				}
			}
			if err := s.Settled(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := subject(t, s).Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReconfigure(t *testing.T) {
	s := start(t, redisset.Options{Args: []string{"--hz", "50"}})
	n := s.Node("redis")
	value := func(name string) string { return n.Admin().ConfigGet(t.Context(), name).Val()[name] }
	cases := []struct {
		reason string
		flags  []string
		want   string
		err    string
	}{
		{"What is given counts.", []string{"--maxmemory-policy", "allkeys-lru", "--timeout", "100"}, "allkeys-lru", ""},
		{"What is given replaces what was given before.", []string{"--timeout", "200"}, "noeviction", ""},
		{"A value belongs to a name.", []string{"200"}, "noeviction", "--name"},
		{"Nothing is how it was made.", nil, "noeviction", ""},
	}
	for _, tc := range cases {
		err := n.Reconfigure(t.Context(), tc.flags...)
		if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
			t.Fatalf("%s\n%v", tc.reason, err)
		}
		if got := value("maxmemory-policy"); got != tc.want {
			t.Errorf("%s\nthe policy is %s, want %s", tc.reason, got, tc.want)
		}
	}
	if got := value("timeout") + " " + value("hz"); got != "0 50" {
		t.Errorf("timeout and hz are %s", got)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	s := start(t, redisset.Options{})
	as := func(user string) *redis.Client {
		u := s.User(user)
		c := redis.NewClient(&redis.Options{Addr: s.Address(), Username: u.Name, Password: u.Password})
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	nobody := redis.NewClient(&redis.Options{Addr: s.Address()})
	t.Cleanup(func() { _ = nobody.Close() })
	refusal := func(err error) string {
		if err == nil || err == redis.Nil { //nolint:errorlint // that is how go-redis says it
			return ""
		}
		code, _, _ := strings.Cut(err.Error(), " ")
		return code
	}
	ctx := t.Context()
	cases := map[string]struct {
		reason string
		err    error
		want   string
	}{
		"StrangersMayNothing":     {"There is a password.", nobody.Ping(ctx).Err(), "NOAUTH"},
		"TheSubjectReads":         {"That is all it does.", as(redisset.SubjectUser).ZCard(ctx, "ratelimit:k").Err(), ""},
		"TheSubjectScans":         {"It has to find keys.", as(redisset.SubjectUser).Scan(ctx, 0, "*", 10).Err(), ""},
		"TheSubjectDoesNotWrite":  {"It must not be able to.", as(redisset.SubjectUser).Del(ctx, "ratelimit:k").Err(), "NOPERM"},
		"NodesWrite":              {"They count.", as(redisset.NodeUser).ZAdd(ctx, "ratelimit:k", redis.Z{Member: "m"}).Err(), ""},
		"NodesRunScripts":         {"That is how they count.", as(redisset.NodeUser).Eval(ctx, "return redis.call('TIME')", []string{"ratelimit:k"}).Err(), ""},
		"NodesTouchTheirKeysOnly": {"Others are not theirs.", as(redisset.NodeUser).Set(ctx, "elsewhere", 1, 0).Err(), "NOPERM"},
		"NodesDoNotAdminister":    {"A limiter does not flush.", as(redisset.NodeUser).FlushAll(ctx).Err(), "NOPERM"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := refusal(tc.err); got != tc.want {
				t.Errorf("%s\ngot %q (%v), want %q", tc.reason, got, tc.err, tc.want)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	for _, shape := range redisset.Shapes() {
		t.Run(string(shape), func(t *testing.T) {
			if shape == redisset.Cluster || shape == redisset.Sentinel {
				if shape.Linkable() {
					t.Error("its clients find addresses by themselves")
				}
				return
			}
			s := start(t, redisset.Options{Shape: shape})
			const link = "127.0.0.1:1"
			if url := s.NodeURLVia(link); !strings.Contains(url, link) || strings.Contains(url, s.Address()) {
				t.Error("nodes do not connect to the link")
			}
			if doc := string(s.SubjectConfigVia(link)); !strings.Contains(doc, link) || strings.Contains(doc, s.Address()) {
				t.Error("the subject does not connect to the link")
			}
			if shape != redisset.TLS {
				return
			}
			if !slices.Contains(s.NodeFlags(), "--redis-ca="+s.Authority().CAFile()) {
				t.Errorf("%v do not say whom to trust", s.NodeFlags()[1:])
			}
			// What the certificate says is about the machine, not the port.
			conn, err := (&tls.Dialer{Config: s.Authority().TLS()}).DialContext(t.Context(), "tcp", s.Address())
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
		})
	}
}

func TestStartFailsWhole(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options redisset.Options
		want    string
	}{
		"Shape":    {"The error lists what there is.", redisset.Options{Shape: "ring"}, "sentinel"},
		"Replicas": {"Three are not needed.", redisset.Options{Replicas: 3}, "1 or 2"},
		"Args":     {"Redis's own words tell what is wrong.", redisset.Options{Args: []string{"--no-such-directive", "1"}}, "no-such-directive"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := redisset.Start(t.Context(), tc.options)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\n%v", tc.reason, err)
			}
		})
	}
	t.Run("Cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := redisset.Start(ctx, redisset.Options{Shape: redisset.Cluster}); err == nil {
			t.Error("it started")
		}
	})
}

// A master that is gone is replaced, and what the subject is told leads to the
// new one.
func TestSentinelsReplaceTheMaster(t *testing.T) {
	s := start(t, redisset.Options{Shape: redisset.Sentinel})
	c := subject(t, s)
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := s.Node("redis")
	if err := old.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := wait.For(t.Context(), "the new master", func() (bool, error) {
		err := c.Ping(t.Context())
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
	if err := old.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	masters, err := s.Masters(t.Context())
	if diff := cmp.Diff([]string{"redis-replica"}, names(masters)); diff != "" || err != nil {
		t.Errorf("masters, %v (-want +got):\n%s", err, diff)
	}
	if _, _, err := net.SplitHostPort(s.Address()); err != nil {
		t.Error(err)
	}
}
