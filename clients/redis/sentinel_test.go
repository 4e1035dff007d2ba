package redis_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// startSentinel starts a Sentinel that watches master under the name "limiter".
func startSentinel(t *testing.T, master *server) *server {
	t.Helper()
	host, port, _ := net.SplitHostPort(master.addr)
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	text := "sentinel monitor limiter " + host + " " + port + " 1\n" +
		"sentinel down-after-milliseconds limiter 500\n" +
		"sentinel failover-timeout limiter 3000\n" +
		"requirepass gu4rd\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := run(t, freePort(t), conf, "--sentinel")
	if !s.ready(t) {
		t.Fatalf("the Sentinel does not start:\n%s", s.log)
	}
	return s
}

func TestSentinel(t *testing.T) {
	master := startServer(t)
	host, port, _ := net.SplitHostPort(master.addr)
	replica := startServer(t, "--replicaof", host+" "+port)
	sentinel := startSentinel(t, master)
	ctx := t.Context()
	hit(t, master.admin(t), "k", time.Hour, ages(3, time.Second)...)

	opts := redis.Options{
		Addrs: []string{"127.0.0.1:" + freePort(t), sentinel.addr}, MasterName: "limiter", SentinelPassword: "gu4rd",
	}
	c := newClient(t, opts)
	for name, call := range everyCall(c) {
		if err := call(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := c.Counters(ctx, []string{"k"}, time.Minute)
	if err != nil || got[0].InForce != 3 {
		t.Errorf("got %+v, %v", got, err)
	}

	for name, tc := range map[string]struct {
		change func(*redis.Options)
		want   failure.Class
	}{
		"UnknownMaster": {func(o *redis.Options) { o.MasterName = "nobody" }, failure.Failing},
		"WrongPassword": {func(o *redis.Options) { o.SentinelPassword = "x" }, failure.Unauthenticated},
		"NoPassword":    {func(o *redis.Options) { o.SentinelPassword = "" }, failure.Unauthenticated},
		"NoSentinel":    {func(o *redis.Options) { o.Addrs = o.Addrs[:1] }, failure.Unreachable},
		"NotASentinel":  {func(o *redis.Options) { o.Addrs = []string{master.addr} }, failure.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			o := opts
			tc.change(&o)
			if err := newClient(t, o).Ping(ctx); failure.ClassOf(err) != tc.want {
				t.Errorf("got class %q, want %q: %v", failure.ClassOf(err), tc.want, err)
			}
		})
	}

	sweeper, seen := newSweeper(t, c, redis.SweeperOptions{}), picture{}
	seen.follows(t, sweeper)
	t.Run("Failover", func(t *testing.T) {
		admin := sentinel.admin(t, func(o *goredis.Options) { o.Password = "gu4rd" })
		eventually(t, "the Sentinel knows the replica", func() error {
			if found, _ := admin.Do(ctx, "SENTINEL", "REPLICAS", "limiter").Slice(); len(found) == 0 {
				return errors.New("none yet")
			}
			return nil
		})
		eventually(t, "the replica has the data", func() error {
			if replica.admin(t).ZCard(ctx, "ratelimit:k").Val() != 3 {
				return errors.New("not yet")
			}
			return nil
		})
		master.kill()
		eventually(t, "the client reads from the new master", func() error {
			if role, _ := replica.admin(t).Do(ctx, "ROLE").Slice(); len(role) == 0 || role[0] != "master" {
				return errors.New("no failover yet")
			}
			value, present, err := c.CounterValue(ctx, "k")
			if err == nil && (value != 3 || !present) {
				t.Errorf("got %d, %v", value, present)
			}
			return err
		})
		hit(t, replica.admin(t), "new", time.Hour, time.Second)
		eventually(t, "the sweeper follows the new master", func() error {
			progress, err := sweeper.Step(ctx, time.Minute, nil, seen.visit)
			if err == nil && (!progress.Following || seen["new"].InForce != 1 || seen["k"].InForce != 3) {
				t.Fatalf("%+v, %+v", progress, seen)
			}
			return err
		})
	})
}

// TestSentinelBehind has a Sentinel name a server that is a replica.
func TestSentinelBehind(t *testing.T) {
	master := startServer(t)
	sentinel := startSentinel(t, master)
	if err := master.admin(t).Do(t.Context(), "REPLICAOF", "127.0.0.1", freePort(t)).Err(); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, redis.Options{Addrs: []string{sentinel.addr}, MasterName: "limiter", SentinelPassword: "gu4rd"})
	if err := c.Ping(t.Context()); failure.ClassOf(err) != failure.Unreachable {
		t.Errorf("got class %q: %v", failure.ClassOf(err), err)
	}
}
