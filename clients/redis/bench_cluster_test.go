package redis_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// BenchmarkSweeperCluster sweeps a Redis Cluster of three masters, all of them
// side by side, beside one server that has as many counters, in turns. Each server
// is walked by one chain, over TCP. First what is swept is compared key by key
// with a plain pass, while writers run. Its ratios:
//
//	of-one-master      wall to that of the one server
//	cpu-of-one-master  the time that all masters computed, to that of the one
//	wall/redis-cpu     wall of the Cluster's sweep to the time its masters computed
//	                   for it: a third if they were all that computes
func BenchmarkSweeperCluster(b *testing.B) {
	n := benchSize(b)
	one := loadedServer(b, n)
	many := loadedCluster(b, n)
	b.Run("Parallel", func(b *testing.B) {
		opts := redis.SweeperOptions{Untracked: true}
		alone := newSweeper(b, newClient(b, redis.Options{Addrs: []string{one.addr}}), opts)
		s := newSweeper(b, newClient(b, redis.Options{Addrs: []string{many.masters[0].address}, Cluster: true}), opts)
		audited := newAudit(n)
		audited.pass(b, many, s)
		one.fullPass(b, alone)
		var wall, wallOne, cpu, cpuOne time.Duration
		for b.Loop() {
			b.StopTimer()
			before := one.cpu(b)
			wallOne += one.fullPass(b, alone)
			cpuOne += one.cpu(b) - before
			before = many.cpu(b)
			b.StartTimer()
			wall += many.fullPass(b, s)
			b.StopTimer()
			cpu += many.cpu(b) - before
			b.StartTimer()
		}
		b.ReportMetric(wall.Seconds()/wallOne.Seconds(), "of-one-master")
		b.ReportMetric(cpu.Seconds()/cpuOne.Seconds(), "cpu-of-one-master")
		b.ReportMetric(wall.Seconds()/cpu.Seconds(), "wall/redis-cpu")
		audited.report(b)
	})
}

// loadedCluster starts a Cluster of three masters, without replicas, whose work
// would be measured too, with n counters in it.
func loadedCluster(b *testing.B, n int) *loaded {
	b.Helper()
	const masters = 3
	l := &loaded{of: func(name string) int { return slotOf(name) * masters / slots }}
	var talkers []*talker
	for m := range masters {
		bus := freePort(b) // Redis's own choice is too high for some ports
		s := startServer(b, "--cluster-enabled", "yes", "--cluster-port", bus)
		l.masters = append(l.masters, place{"tcp", s.addr})
		t := talk(b, l.masters[m])
		talkers = append(talkers, t)
		// The first slot of which slot*masters/slots is m, and the last.
		first, last := (m*slots+masters-1)/masters, ((m+1)*slots-1)/masters
		t.put("CLUSTER", "ADDSLOTSRANGE", strconv.Itoa(first), strconv.Itoa(last))
		t.ask()
		host, port, _ := strings.Cut(s.addr, ":")
		talkers[0].put("CLUSTER", "MEET", host, port, bus)
		talkers[0].ask()
	}
	for m, t := range talkers {
		eventually(b, "the Cluster is whole", func() error {
			t.put("CLUSTER", "INFO")
			info := t.ask().text
			if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_slots_ok:16384") {
				return fmt.Errorf("%s says %s", l.masters[m].address, info)
			}
			return nil
		})
	}
	l.rdb = goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{l.masters[0].address}, DisableRoutingPolicies: true})
	b.Cleanup(func() { _ = l.rdb.Close() })
	l.fill(b, n)
	return l
}

// slots is how many a Redis Cluster has.
const slots = 1 << 14

// slotOf is the slot of a key without braces, by the CRC16 of the Cluster's
// specification (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/):
// polynomial 1021, from 0, nothing reflected.
func slotOf(key string) int {
	var crc uint16
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			if over := crc&0x8000 != 0; over {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return int(crc) % slots
}
