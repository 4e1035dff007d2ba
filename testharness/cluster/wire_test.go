//go:build unix

package cluster_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
)

// relays forward connections, and remember from whom to whom.
type relays struct {
	mu    sync.Mutex
	names map[string]string // by name, the address
	all   sync.WaitGroup
}

func (r *relays) wire(t *testing.T) cluster.Wire {
	t.Helper()
	t.Cleanup(r.all.Wait) // the last of all
	return func(ctx context.Context, from, to, address string) (string, error) {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		t.Cleanup(func() { _ = listener.Close() })
		r.all.Go(func() {
			for {
				client, err := listener.Accept()
				if err != nil {
					return
				}
				r.all.Go(func() { relay(client, address) })
			}
		})
		r.mu.Lock()
		defer r.mu.Unlock()
		r.names[from+" to "+to] = listener.Addr().String()
		return listener.Addr().String(), nil
	}
}

func relay(client net.Conn, address string) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).Dial("tcp", address)
	if err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	_, _ = io.Copy(server, client)
	_ = server.Close()
	back.Wait()
}

func TestAWiredCluster(t *testing.T) {
	r := &relays{names: map[string]string{}}
	o := fast(t)
	o.Nodes, o.Wire = 2, r.wire(t)
	c := cluster.New(t, o)
	want := map[string]string{}
	for _, n := range c.Nodes() {
		want[n.ID()] = n.Advertised()
		if n.Advertised() == n.Address() || r.names["operator to "+n.ID()] != n.Advertised() || r.names[n.ID()+" to redis"] == "" {
			t.Errorf("%s on %s is advertised as %s by %v", n.ID(), n.Address(), n.Advertised(), r.names)
		}
	}
	got, err := registered(t, c.Node(0))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, registered (-want +got):\n%s", err, diff)
	}
	if err := c.Node(1).RestartWith(clustertest.Within(t), "--default-limit=3"); err != nil {
		t.Fatal(err)
	}
	var limits map[string]int
	if _, err := clustertest.Call(t, "GET", c.Node(1).URL()+"/api/limits", "", &limits); err != nil || limits["default_limit"] != 3 {
		t.Errorf("limits = %v, %v; want that of the further flag", limits, err)
	}
	if err := errors.Join(c.Node(1).StartHung(clustertest.Within(t)), c.Node(1).AwaitReady(clustertest.Within(t))); err != nil {
		t.Errorf("start slowly: %v", err)
	}
}

func TestAWireThatFails(t *testing.T) {
	o := fast(t)
	o.Wire = func(context.Context, string, string, string) (string, error) { return "", errors.New("no wire") }
	if _, err := cluster.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no wire") {
		t.Errorf("error = %v", err)
	}
}

func TestAClusterOnAnotherRedis(t *testing.T) {
	o := fast(t)
	o.Nodes = 1
	first := cluster.New(t, o)
	client, err := redisurl.Open(first.RedisURL()[:len(first.RedisURL())-1]+"1", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	o.Redis = &cluster.Redis{
		Client: client,
		Flags: func(context.Context, string) ([]string, error) {
			return []string{"--redis=" + strings.TrimSuffix(first.RedisURL(), "0") + "1"}, nil
		},
	}
	second := cluster.New(t, o)
	if second.Redis() != nil || second.RedisURL() != "" || second.RedisAddr() != "" || second.EmbeddedRedis() {
		t.Errorf("it has a Redis of its own: %v", second.Redis())
	}
	if err := second.InjectRequests(t.Context(), "k", 3); err != nil {
		t.Error(err)
	}
	if n, err := client.ZCard(t.Context(), "ratelimit:k").Result(); err != nil || n != 3 {
		t.Errorf("the other Redis holds %d requests, %v", n, err)
	}
}
