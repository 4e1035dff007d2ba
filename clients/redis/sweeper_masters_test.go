package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// TestSweeperOfAClusterWhoseMastersChange gives a slot to a fourth master, and
// takes it away again: each time a pass begins anew, says why, and finds all.
func TestSweeperOfAClusterWhoseMastersChange(t *testing.T) {
	nodes, addrs, rdb := startCluster(t)
	ctx := t.Context()
	const n = 900
	fill(t, rdb, n)
	fourth := startNode(t)
	meet(t, fourth, nodes[0])
	nodes = append(nodes, fourth)
	for _, s := range nodes {
		eventually(t, "all know the fourth", func() error {
			info := s.admin(t).ClusterInfo(ctx).Val()
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:4") {
				return fmt.Errorf("%s says %s", s.addr, info)
			}
			return nil
		})
	}
	slot := int(rdb.ClusterKeySlot(ctx, "ratelimit:key-4").Val())
	_, port, _ := strings.Cut(fourth.addr, ":")
	move := func(from, to *server) {
		t.Helper()
		moveSlot(t, from, to, slot)
		for _, s := range nodes {
			eventually(t, "all know where the slot is", func() error {
				slots := fmt.Sprint(s.admin(t).Do(ctx, "CLUSTER", "SLOTS").Val())
				if strings.Contains(slots, port) != (to == fourth) {
					return fmt.Errorf("%s says %s", s.addr, slots)
				}
				return nil
			})
		}
	}

	c := newClient(t, redis.Options{Addrs: addrs})
	sweeper, seen := newSweeper(t, c, redis.SweeperOptions{Budget: time.Microsecond, Count: 50}), picture{}
	for range 3 {
		seen.step(t, sweeper)
	}
	more := 0 // requests of key-4
	again := func(round int) {
		t.Helper()
		clear(seen)
		if p := seen.step(t, sweeper); p.Round != round || !p.Fresh || !strings.Contains(p.Again, "masters are others") {
			t.Errorf("%+v, want round %d", p, round)
		}
		p := seen.follows(t, sweeper)
		if p.Round != round || p.Total == nil || *p.Total != 2*n+n/100 || len(seen) != n {
			t.Errorf("%d counters, %+v, want round %d", len(seen), p, round)
		}
		hit(t, rdb, "key-4", time.Hour, time.Second)
		more++
		if p := seen.step(t, sweeper); !p.Following || p.Differences > 0 || seen["key-4"].InForce != int64(2+more) {
			t.Errorf("%+v, %+v", seen["key-4"], p)
		}
		for i := range n {
			key, want := fmt.Sprintf("key-%d", i), int64(1+i%3)
			if key == "key-4" {
				want += int64(more)
			}
			if got := seen[key]; got.Err != nil || got.InForce != want || (got.Own != nil) != (i%100 == 0) {
				t.Fatalf("%+v, want %d", got, want)
			}
		}
	}
	move(nodes[slot*3/16384], fourth)
	again(2)
	move(fourth, nodes[slot*3/16384])
	again(3)
}

// moveSlot moves a slot, and the keys in it, to another master.
func moveSlot(t *testing.T, from, to *server, slot int) {
	t.Helper()
	ctx := t.Context()
	a, b := from.admin(t), to.admin(t)
	idA, idB := a.Do(ctx, "CLUSTER", "MYID").Val(), b.Do(ctx, "CLUSTER", "MYID").Val()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", idA).Err())
	must(a.Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", idB).Err())
	host, port, _ := strings.Cut(to.addr, ":")
	for _, key := range a.ClusterGetKeysInSlot(ctx, slot, 100).Val() {
		must(a.Migrate(ctx, host, port, key, 0, time.Second).Err())
	}
	for _, node := range []*goredis.Client{b, a} {
		must(node.Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", idB).Err())
	}
}
