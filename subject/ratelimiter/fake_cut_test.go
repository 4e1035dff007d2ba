package ratelimiter

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// TestRedisGoesAwayWhileItIsRead cuts the connections at the second page of a
// SCAN. What was read counts, and all else is unknown.
func TestRedisGoesAwayWhileItIsRead(t *testing.T) {
	f := newFake(t)
	f.manyCounters(2000)
	for i := range 2000 {
		f.rdb.Persist(t.Context(), fmt.Sprintf("ratelimit:key-%03d", i))
	}
	s := open(t, f.config(map[string]any{
		"redis": map[string]any{"url": "redis://" + cutting(t, f.rdb.Options().Addr, "scan", 3), "budget": map[string]any{"time": "5s"}},
	}))
	o := observe(t, s)
	stale := 0
	for _, v := range o.Violations {
		if v.Invariant == staleCounter {
			stale++
		}
	}
	if stale == 0 {
		t.Errorf("nothing that was read counts: %q", verdicts(o))
	}
	for _, name := range []string{overLimit, counterDrift, ghostAllowing} {
		if got := o.VerdictOn(name, ""); got != protocol.Unknown {
			t.Errorf("%s is %s, want unknown", name, got)
		}
	}
	if got := o.VerdictOn(staleCounter, "some other key"); got != protocol.Unknown {
		t.Errorf("stale_counter of a key that was not read is %s", got)
	}
	if class := source(t, o, sourceStored).Class; class == protocol.SourceOK {
		t.Errorf("the source is %s", class)
	}
}

// cutting returns an address that leads to another one, until a word has been
// sent there a number of times; then every connection is cut, and every new one.
func cutting(t *testing.T, address, word string, times int64) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	var seen atomic.Int64
	all.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer func() { _ = near.Close() }()
				far, err := (&net.Dialer{}).Dial("tcp", address)
				if err != nil {
					return
				}
				defer func() { _ = far.Close() }()
				all.Go(func() {
					_, _ = io.Copy(near, far)
					_ = near.Close()
				})
				data := make([]byte, 64<<10)
				for {
					n, err := near.Read(data)
					if err != nil || seen.Add(int64(bytes.Count(bytes.ToLower(data[:n]), []byte(word)))) >= times {
						return
					}
					if _, err := far.Write(data[:n]); err != nil {
						return
					}
				}
			})
		}
	})
	return listener.Addr().String()
}
