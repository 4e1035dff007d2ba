package redis_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// deadly makes connections that can die without a word: those that there are when
// kill is called take everything and give nothing from then on.
type deadly struct{ age atomic.Int64 }

func (d *deadly) kill() { d.age.Add(1) }

func (d *deadly) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	cn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &mortal{Conn: cn, of: d, born: d.age.Load()}, nil
}

type mortal struct {
	net.Conn
	of   *deadly
	born int64
}

func (m *mortal) dead() bool { return m.of.age.Load() != m.born }

func (m *mortal) Read(b []byte) (int, error) {
	for {
		n, err := m.Conn.Read(b)
		if err != nil || !m.dead() {
			return n, err
		}
	}
}

func (m *mortal) Write(b []byte) (int, error) {
	if m.dead() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

// TestConnectionsThatDieWithoutAWord: steps of an impatient caller give them up,
// all of them, and go on over others.
func TestConnectionsThatDieWithoutAWord(t *testing.T) {
	s := startServer(t)
	rdb := s.admin(t)
	fill(t, rdb, 1000)
	var net deadly
	c := newClient(t, redis.Options{Addrs: []string{s.addr}, Dialer: net.dial, Timeout: 500 * time.Millisecond})
	sweeper, seen := newSweeper(t, c, redis.SweeperOptions{Chains: 2}), picture{}
	seen.follows(t, sweeper)
	impatient := func() (redis.Progress, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		return sweeper.Step(ctx, time.Minute, []string{"key-1"}, seen.visit)
	}

	net.kill()
	hit(t, rdb, "key-2", time.Hour, time.Second)
	failed := 0
	for range 10 {
		progress, err := impatient()
		if err == nil && progress.Following && progress.Behind == 0 {
			break
		}
		failed++
	}
	// Two for the connection that tells changes, one for those that are asked, and
	// as many again for a machine that is busy.
	if failed == 0 || failed > 6 {
		t.Errorf("%d steps failed", failed)
	}
	if err := same(t, s, seen); err != nil {
		t.Error(err)
	}
}
